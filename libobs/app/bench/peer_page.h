// The page that prometheus-cpp writes of the series of a load, to measure beside ours.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "app/bench/bench_series.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

namespace obs {

class PeerPage {
 public:
  // Labelled as an aggregator's page has them, service and instance included.
  explicit PeerPage(std::uint64_t series, std::uint64_t series_per_metric = 100);

  // Gives each series its next value. Not part of what is measured.
  void Advance();

  struct Written {
    std::int64_t nanos = 0;
    std::uint64_t bytes = 0;
  };
  // Collects and writes, as its handler of scrapes does.
  Written Write() const;

 private:
  // One of the two.
  struct Entry {
    BenchShape shape;
    prometheus::Gauge* gauge = nullptr;
    prometheus::Counter* counter = nullptr;
  };

  prometheus::Registry registry_;
  std::vector<Entry> entries_;
  std::uint64_t round_ = 0;
};

}  // namespace obs
