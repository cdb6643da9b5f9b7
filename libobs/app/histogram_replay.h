// From what a watcher saw of a histogram back to what was observed: running totals and the buckets of a
// sliding window, state by state, become distributions that another aggregator adds up to the same.
//
// Exact: counts, sums (to rounding) and the buckets of the window. Between two states a bucket of the window
// grew by what was observed and shrank by what left. What left is known: it is what had been found to be
// observed longest ago, and the totals say how much it is together. What was observed and left again between
// two states is put at its mean.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "model/distribution.h"
#include "model/histogram_state.h"

namespace obs {

class HistogramReplay {
 public:
  // `bounds`: rising and finite, of all explicit buckets that the histogram will be seen to have. Others get
  // lost in the next larger one.
  explicit HistogramReplay(std::vector<double> bounds)
      : bounds_(std::move(bounds)), is_sketch_(bounds_.empty()) {}

  struct News {
    // Observed before the window of the first state, of which no more is known than count and sum: all at
    // their mean.
    std::optional<Distribution> before;
    std::optional<Distribution> now;
  };
  // What was observed since the last state. A count that falls, or buckets of the other kind, mean that the
  // histogram began anew. States that make no sense give nothing.
  News Update(const HistogramState& state);

 private:
  // Counts by upper bound; none is zero.
  using Buckets = std::map<double, std::uint64_t>;

  News Begin(const HistogramState& state, Buckets window);
  News Advance(const HistogramState& state, Buckets window);
  // Nullopt if the counts overflow or a bound is no number.
  std::optional<Buckets> WindowOf(const HistogramState& state);
  void TakeScale(int scale);
  // Removes as many of one bucket from those that are held, the oldest first.
  void Leave(double upper, std::uint64_t count);
  // Moves up to `count` of the oldest that are held to `news`; returns how many it lacked.
  std::uint64_t Renew(std::uint64_t count, Buckets* news);
  // `unseen` observations at `mean` are added to the buckets. `state`: whose extremes they may have; may be
  // null.
  std::optional<Distribution> Make(const Buckets& buckets, std::uint64_t unseen, double mean, double sum,
                                   const HistogramState* state) const;
  std::optional<Distribution> MakeSketch(const Buckets& buckets, std::uint64_t unseen, double mean,
                                         double sum, const HistogramState* state) const;
  std::optional<Distribution> MakeExplicit(const Buckets& buckets, std::uint64_t unseen, double mean,
                                           double sum) const;

  const std::vector<double> bounds_;
  bool is_sketch_;
  int scale_ = Sketch::kDefaultScale;
  bool begun_ = false;
  std::uint64_t count_ = 0;
  double sum_ = 0;
  Buckets window_;
  std::deque<Buckets> held_;  // what the window consists of, oldest first
};

}  // namespace obs
