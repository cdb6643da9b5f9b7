// What the live view is told: which series came and went, and which of the watched ones changed.
//
// Thread safety: any thread may report. One thread consumes, by TakeCreated(), TakeExpired() and Drain().
// Bounded: each series and each node is listed at most once, however often it changes.
// Lock order: its lock is taken last.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "buffer/series.h"

namespace obs {

class Node;

class ChangeFeed {
 public:
  using ReportFn = std::function<void(const SeriesPtr&, const SeriesState& state)>;

  // How often observations that leave a window are reported.
  static constexpr std::int64_t kWindowPeriodNs = 100 * kNanosPerMilli;

  // ---- Reporting, under the node's lock ----
  // `series` came into view or expired.
  void SeriesChanged(const SeriesPtr& series);
  // `node` has changed watched series, and is not listed.
  void AddChangedNode(std::shared_ptr<Node> node);
  // `series`, a watched histogram, may have observations in its window.
  void FollowWindow(const SeriesPtr& series);
  // Drops series that came and went before the consumer heard of them.
  void DropUnheard();

  // ---- Consuming ----
  std::vector<SeriesPtr> TakeCreated();
  std::vector<SeriesPtr> TakeExpired();
  // `now_ns`: monotonic time.
  void Drain(std::int64_t now_ns, const ReportFn& fn);

 private:
  // Takes those that are `alive` or not, where the consumer believes otherwise.
  std::vector<SeriesPtr> Take(bool alive);
  void DrainNode(Node& node, std::int64_t now_ns, const ReportFn& fn);
  void DrainWindows(std::int64_t now_ns, const ReportFn& fn);

  Mutex mutex_;
  std::vector<SeriesPtr> changed_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Node>> changed_nodes_ ABSL_GUARDED_BY(mutex_);
  std::vector<SeriesPtr> new_windows_ ABSL_GUARDED_BY(mutex_);

  // The consumer's.
  std::vector<SeriesPtr> windows_;  // watched histograms with observations in their windows
  std::int64_t windows_drained_ns_ = 0;
  std::vector<SeriesPtr> batch_;
  std::vector<SeriesState> states_;
};

}  // namespace obs
