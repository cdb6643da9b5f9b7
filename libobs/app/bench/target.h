// The aggregator under load: one that runs already, or one started for the run.
//
// Thread safety: ReadStatus() from any thread, the rest from the one that opened it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "app/bench/options.h"
#include "app/bench/server_process.h"

namespace obs {

// What an aggregator says of itself at /api/v1/status, as far as it matters here.
struct ServerStatus {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t store_bytes = 0;
  std::uint64_t series = 0;

  struct Live {
    std::uint64_t watchers = 0;
    std::uint64_t frames_sent = 0;
    std::uint64_t frames_skipped = 0;
    std::uint64_t ticks = 0;
    std::uint64_t ticks_missed = 0;
    double tick_lateness_p50_ms = 0;
    double tick_lateness_p99_ms = 0;
    double tick_duration_p50_ms = 0;
    double tick_duration_p99_ms = 0;
  } live;

  // The ledger's account of one instance.
  struct Account {
    std::string service;
    std::string instance;
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t rejected = 0;
    std::uint64_t dropped = 0;
    std::int64_t difference = 0;
  };
  std::vector<Account> accounts;

  const Account* Find(std::string_view service, std::string_view instance) const;
};

// Errors: INVALID_ARGUMENT if `json` is no such status.
absl::StatusOr<ServerStatus> ParseServerStatus(std::string_view json);

class BenchTarget {
 public:
  // `arguments` are for a server of our own. Errors: INVALID_ARGUMENT (an address), UNAVAILABLE,
  // UNAUTHENTICATED and so on, naming the address.
  static absl::StatusOr<std::unique_ptr<BenchTarget>> Open(const BenchTargetOptions& options,
                                                           const std::vector<std::string>& arguments = {});

  const std::string& grpc() const { return options_.grpc; }
  const std::string& http_url() const { return options_.http_url; }
  const std::string& metrics_url() const { return options_.metrics_url; }
  const std::string& api_key() const { return options_.api_key; }
  // "ws://HOST:PORT/ws".
  std::string live_url() const;

  absl::StatusOr<ServerStatus> ReadStatus() const;

 private:
  BenchTargetOptions options_;
  std::unique_ptr<ServerProcess> server_;  // null if it ran already
};

// What lets a server of our own take `series` of one key.
std::vector<std::string> ArgumentsForSeries(std::uint64_t series);

// "http://HOST:`port`", HOST being that of the HOST:PORT `grpc`.
std::string UrlOfSameHost(std::string_view grpc, int port);

}  // namespace obs
