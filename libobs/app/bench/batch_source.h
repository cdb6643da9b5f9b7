// The messages of one stream of load, in the compact form or as simple clients write them.
//
// Samples go round and round over the stream's series: round 0 has one of each, and so on. Those of a round
// have later timestamps than those of the round before.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "app/bench/options.h"

namespace obs {

// One stream's share of the series.
struct BatchSourceOptions {
  LoadForm form = LoadForm::kCompact;
  std::string instance;
  std::string producer;  // compact form only
  std::uint64_t first_series = 0;
  std::uint64_t series = 0;
  std::uint64_t series_per_metric = 100;
  std::uint64_t batch = 1;  // samples
};

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  static std::unique_ptr<BatchSource> Create(const BatchSourceOptions& options);

  // What has to be sent before the samples of some series, message by message; false if that was all.
  virtual bool NextAnnouncement(std::string* message) = 0;
  // Series whose samples may be sent, as far as they have to be announced.
  virtual std::uint64_t announced() const = 0;

  // The next `samples` samples, at most the options' batch. `message` is replaced.
  virtual void Next(std::int64_t now_nanos, std::uint64_t samples, std::string* message) = 0;
};

// Keeps track of rounds: where in the series the next sample is, and which time it has.
class RoundCursor {
 public:
  explicit RoundCursor(std::uint64_t series) : series_(series) {}

  // A piece of one round: at most `wanted` series from index `begin` on.
  struct Piece {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::uint64_t round = 0;
    std::int64_t timestamp_nanos = 0;
  };
  Piece Take(std::uint64_t wanted, std::int64_t now_nanos);

 private:
  const std::uint64_t series_;
  std::uint64_t next_ = 0;
  std::uint64_t round_ = 0;
  std::int64_t timestamp_nanos_ = 0;
};

}  // namespace obs
