// What live frames told of each series: its newest state, and how its total grew.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "live/frame_decoder.h"
#include "model/histogram_state.h"
#include "model/series_identity.h"

namespace obs {

class WatchedSeries {
 public:
  struct Entry {
    double value = 0;          // gauges and counters
    HistogramState histogram;  // histograms

    // What a counter, or the count of a histogram, grew by. A fall is a restart from 0.
    struct Point {
      std::int64_t time_us;
      double growth;  // since the first point
    };
    std::deque<Point> points;  // by rising time
    double total = 0;          // the newest, as it came

    // Growth a second over the `window_us` up to `now_us`, or over the time that is known, if that is at
    // least a second; nullopt if it is less.
    std::optional<double> RatePerSecond(std::int64_t now_us, std::int64_t window_us) const;
  };

  // `window_us`: how far back RatePerSecond() is to look.
  explicit WatchedSeries(std::int64_t window_us) : window_us_(window_us) {}

  void Take(const DecodedFrame& frame);

  // Calls fn(const SeriesIdentity&, const Entry&) for each, in no order.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (const auto& [identity, entry] : series_) fn(identity, entry);
  }

  bool empty() const { return series_.empty(); }
  // Of the newest frame, by the aggregator's clock.
  std::int64_t now_us() const { return now_us_; }

 private:
  void AddPoint(Entry& entry, const LiveSample& sample, double total);

  const std::int64_t window_us_;
  std::int64_t now_us_ = 0;
  absl::flat_hash_map<SeriesIdentity, Entry> series_;
};

}  // namespace obs
