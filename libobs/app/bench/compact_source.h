// Load in the compact form: series announced once, then columns. Written so that it costs the machine little
// beside the aggregator: refs are encoded once, values are computed straight into the message.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/bench/batch_source.h"
#include "app/bench/bench_series.h"

namespace obs {

class CompactSource final : public BatchSource {
 public:
  explicit CompactSource(const BatchSourceOptions& options);

  bool NextAnnouncement(std::string* message) override;
  std::uint64_t announced() const override { return announced_; }
  void Next(std::int64_t now_nanos, std::uint64_t samples, std::string* message) override;

 private:
  void BeginMessage(std::uint64_t samples, std::string* message);
  void AppendPiece(const RoundCursor::Piece& piece, std::string* message) const;

  const BatchSourceOptions options_;
  std::string identity_;                  // encoded: service, instance and producer
  std::string refs_;                      // 0, 1, 2 ... as varints
  std::vector<std::uint32_t> ref_begin_;  // where in refs_ each begins, and the end
  std::vector<BenchShape> shapes_;
  RoundCursor cursor_;
  std::uint64_t sequence_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t announced_ = 0;
};

}  // namespace obs
