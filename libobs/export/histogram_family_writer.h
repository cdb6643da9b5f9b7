// Writes one family of histograms as Prometheus's classic ones: cumulative buckets, _sum and _count.
//
// Sketches of one family all get the same bounds, so that `sum by (le)` over them is right: scale 2 (four
// buckets to an octave), over the range of them all, rounded to whole octaves so that it seldom grows. A
// range so wide that it needs more than kMaxBounds is written at a lower scale. Explicit buckets keep the
// bounds they have.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/distribution.h"

namespace obs {

class HistogramFamilyWriter {
 public:
  static constexpr int kScale = 2;
  static constexpr std::size_t kMaxBounds = 160;

  // Adds a series. `labels`, without braces, must live until Write().
  void Add(std::string_view labels, const Distribution& distribution);

  // Appends the lines of all series, in the order in which they were added, and forgets them.
  void Write(std::string_view name, std::string& out);

 private:
  // Buckets first to first + size - 1 of one sign, at the series' scale; their counts lie in counts_.
  struct Run {
    std::int32_t first = 0;
    std::size_t size = 0;
    std::size_t begin = 0;
    std::int32_t last() const { return first + static_cast<std::int32_t>(size) - 1; }
  };

  struct Entry {
    std::string_view labels;
    bool is_sketch = false;
    int scale = 0;
    std::uint64_t zero_count = 0;
    Run positive, negative;
    std::vector<double> bounds;  // explicit buckets; their counts are `positive`
    std::uint64_t count = 0;
    double sum = 0;
  };

  // A range of buckets that all sketches share, at scale_. Empty if first > last.
  struct Range {
    std::int32_t first = INT32_MAX;
    std::int32_t last = INT32_MIN;
    std::size_t size() const { return first > last ? 0 : static_cast<std::size_t>(last - first) + 1; }
    void Cover(const Run& run, int shift);
    void RoundTo(std::int32_t octave);
  };

  // A bound as text, and how many slots lie below it.
  struct Edge {
    std::string le;
    std::size_t slots;
  };

  void AddSketch(const Sketch& sketch, Entry& entry);
  void AddExplicit(const ExplicitHistogram& histogram, Entry& entry);
  Run AddRun(const Sketch::Buckets& buckets, int shift);

  void ChooseRange();
  void AddEdge(double bound, std::size_t slots);
  void LayOutEdges();

  void WriteSketch(std::string_view name, const Entry& entry, std::string& out);
  void WriteExplicit(std::string_view name, const Entry& entry, std::string& out);

  std::vector<Entry> entries_;
  std::vector<std::uint64_t> counts_;

  // Chosen by Write(): the slots of every sketch are the negative range from its far end, zero, the positive
  // range.
  int scale_ = kScale;
  Range positive_, negative_;
  bool has_zero_edge_ = false;
  std::vector<Edge> edges_;
  std::vector<std::uint64_t> slots_;
};

}  // namespace obs
