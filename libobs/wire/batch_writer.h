// Encodes samples in the compact form of telemetry.proto: what is in a TelemetryBatch besides its head
// (service, sequence and so on) and its announcements. Encoded messages may be joined end to end, so who
// sends it puts those in front.
//
// Thread safety: one thread at a time. Memory is kept from batch to batch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/explicit_histogram.h"
#include "model/sketch.h"

namespace obs {

struct EncodedBatch {
  std::string bytes;
  std::uint64_t samples = 0;
  std::uint32_t ref_limit = 0;  // refs below this must be announced before; those used are among them
};

class BatchWriter {
 public:
  // `timestamp`: Unix ns; 0: the time of receipt. `value`: of a gauge the value now, of a counter the running
  // total, of a histogram one observation.
  void Add(std::uint32_t ref, std::int64_t timestamp, double value) {
    AddTo(timestamp == 0 ? kUnstamped : kStamped, ref, timestamp, value);
  }

  // Growth of a counter.
  void AddIncrement(std::uint32_t ref, std::int64_t timestamp, double growth) {
    AddTo(timestamp == 0 ? kUnstampedIncrements : kIncrements, ref, timestamp, growth);
  }

  // What a histogram observed. `sketch` is not empty.
  void AddSketch(std::uint32_t ref, std::int64_t timestamp, const Sketch& sketch);
  // The same in buckets that stay explicit.
  void AddExplicit(std::uint32_t ref, std::int64_t timestamp, const ExplicitHistogram& histogram);
  // What it observed since it began.
  void AddRunningTotal(std::uint32_t ref, std::int64_t timestamp, const ExplicitHistogram& total);

  std::uint64_t samples() const { return samples_; }
  bool empty() const { return samples_ == 0; }
  // What Take() would give, within a few bytes.
  std::size_t bytes() const { return bytes_; }

  // The batch so far. Begins a new one.
  EncodedBatch Take();

 private:
  // One Columns message each: samples of one message share `increments`, and have all a timestamp or none.
  enum Group : std::uint8_t { kStamped, kUnstamped, kIncrements, kUnstampedIncrements };

  struct Columns {
    std::int64_t base = 0;
    std::int64_t last = 0;
    std::vector<std::uint32_t> refs;
    std::vector<std::int64_t> deltas;  // empty as long as all have the timestamp `base`
    std::vector<double> values;
  };

  // `histogram`: encoded.
  void AddHistogram(std::uint32_t ref, std::int64_t timestamp, std::string_view histogram,
                    bool running_total = false);
  void AddTo(Group group, std::uint32_t ref, std::int64_t timestamp, double value);
  static void Encode(const Columns& columns, bool increments, std::string& out);

  std::array<Columns, 4> groups_;
  std::string histograms_;  // encoded
  std::uint64_t samples_ = 0;
  std::size_t bytes_ = 0;
  std::uint32_t ref_limit_ = 0;
};

}  // namespace obs
