// The aggregator: gRPC ingest, the store, the live view and the HTTP ends, assembled and running.
//
// Thread safety: the methods of a running aggregator may be called from any thread; Start() and Stop() from
// one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "obs/export.h"

namespace obs {

struct AggregatorOptions {
  // Where to listen. Empty: every address if there are keys, the loopback alone if there are none.
  std::string bind;
  // Without keys, whether `bind` may name anything but the loopback.
  bool allow_anonymous = false;
  // 0: a free port.
  std::uint16_t grpc_port = 9000;
  std::uint16_t ws_port = 8080;
  std::uint16_t metrics_port = 9100;

  std::string api_keys;       // comma-separated
  std::string api_keys_file;  // one key a line; read again by ReloadKeys()
  bool open_watch = false;    // watching needs no key even if there are keys
  std::vector<std::string> allow_origins;

  std::uint64_t max_series = 1'000'000;
  std::uint64_t max_series_per_key = 500'000;
  std::uint64_t max_batch_bytes = 4 * 1024 * 1024;
  std::uint64_t max_watchers = 10'000;
  std::uint64_t memory_limit_bytes = 0;  // of the whole process; 0: none
  std::int64_t max_timestamp_skew_ns = 24 * 3600 * kNanosPerSecond;
  std::int64_t series_ttl_ns = 300 * kNanosPerSecond;
  std::int64_t history_ns = 900 * kNanosPerSecond;
  std::int64_t window_ns = 10 * kNanosPerSecond;

  // Where what is ingested is kept across restarts. Empty: nowhere.
  std::string data_dir;
  std::string durability;  // "memory", "os" or "fsync"; empty: os with a data_dir, else memory
  std::uint64_t data_limit_bytes = std::uint64_t{1} << 30;
};

class OBS_EXPORT Aggregator {
 public:
  // Whether Start() would take them, as far as can be told without listening: keys are read. Errors: as
  // Start().
  static absl::Status Check(const AggregatorOptions& options);

  // Brings back what the data directory holds, and listens on all three ports, or on none. Errors name what
  // is wrong: INVALID_ARGUMENT for options (bind, keys, durability), UNAVAILABLE for an address that cannot
  // be listened on, FAILED_PRECONDITION for a data directory that is in use.
  static absl::StatusOr<std::unique_ptr<Aggregator>> Start(const AggregatorOptions& options);

  // Stops if still running.
  ~Aggregator();

  // "grpc=127.0.0.1:9000 http=127.0.0.1:8080 metrics=127.0.0.1:9100", with the real ports.
  std::string Addresses() const;

  // Reads the key file again, and logs how that went. On an error the keys stay as they were.
  void ReloadKeys();

  // Stops accepting, acknowledges what has arrived, closes watchers with 1001. Within 5 s.
  void Stop();

 private:
  class Impl;
  explicit Aggregator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace obs
