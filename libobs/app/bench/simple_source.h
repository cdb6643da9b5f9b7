// Load as simple clients write it: every sample bears its name, labels and time, and streams know no
// producer. Each series' sample is encoded once; time and value are then written over it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/bench/batch_source.h"
#include "app/bench/bench_series.h"

namespace obs {

class SimpleSource final : public BatchSource {
 public:
  explicit SimpleSource(const BatchSourceOptions& options);

  bool NextAnnouncement(std::string*) override { return false; }
  std::uint64_t announced() const override { return 0; }
  void Next(std::int64_t now_nanos, std::uint64_t samples, std::string* message) override;

 private:
  void AddTemplate(const BenchSeries& series);

  const BatchSourceOptions options_;
  std::string identity_;   // encoded: service and instance
  std::string templates_;  // encoded samples, field and all
  std::vector<std::size_t> template_begin_;
  RoundCursor cursor_;
};

}  // namespace obs
