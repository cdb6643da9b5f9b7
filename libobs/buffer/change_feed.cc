#include "buffer/change_feed.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "buffer/node.h"

namespace obs {
namespace {

// Series described under one hold of their node's lock: a histogram takes microseconds, and writers wait.
constexpr std::size_t kSeriesPerLock = 64;

}  // namespace

void ChangeFeed::SeriesChanged(const SeriesPtr& series) {
  MutexLock lock(mutex_);
  if (std::exchange(series->queued_, true)) return;
  changed_.push_back(series);
}

void ChangeFeed::AddChangedNode(std::shared_ptr<Node> node) {
  MutexLock lock(mutex_);
  changed_nodes_.push_back(std::move(node));
}

void ChangeFeed::FollowWindow(const SeriesPtr& series) {
  MutexLock lock(mutex_);
  new_windows_.push_back(series);
}

void ChangeFeed::DropUnheard() {
  MutexLock lock(mutex_);
  std::erase_if(changed_, [](const SeriesPtr& series) { return series->retired() && !series->announced_; });
}

std::vector<SeriesPtr> ChangeFeed::TakeCreated() {
  return Take(true);
}

std::vector<SeriesPtr> ChangeFeed::TakeExpired() {
  return Take(false);
}

std::vector<SeriesPtr> ChangeFeed::Take(bool alive) {
  std::vector<SeriesPtr> taken;
  MutexLock lock(mutex_);
  std::erase_if(changed_, [&](const SeriesPtr& series) {
    const bool is_alive = !series->expired();
    const bool is_news = is_alive != series->announced_;
    if (is_news && is_alive != alive) return false;  // for the other call
    series->queued_ = false;
    if (is_news) {
      series->announced_ = is_alive;
      taken.push_back(series);
    }
    return true;
  });
  return taken;
}

void ChangeFeed::Drain(std::int64_t now_ns, const ReportFn& fn) {
  std::vector<std::shared_ptr<Node>> nodes;
  {
    MutexLock lock(mutex_);
    nodes.swap(changed_nodes_);
    std::ranges::move(new_windows_, std::back_inserter(windows_));
    new_windows_.clear();
  }
  for (const auto& node : nodes) DrainNode(*node, now_ns, fn);
  if (now_ns - windows_drained_ns_ < kWindowPeriodNs) return;
  windows_drained_ns_ = now_ns;
  DrainWindows(now_ns, fn);
}

void ChangeFeed::DrainNode(Node& node, std::int64_t now_ns, const ReportFn& fn) {
  std::vector<SeriesPtr> changed;
  {
    MutexLock lock(node.mutex_);
    node.queued_ = false;
    changed.reserve(node.dirty_.size());
    for (Series* series : node.dirty_) changed.push_back(series->shared_from_this());
    node.dirty_.clear();
  }
  states_.resize(kSeriesPerLock);
  for (std::size_t begin = 0; begin < changed.size(); begin += kSeriesPerLock) {
    const std::size_t end = std::min(changed.size(), begin + kSeriesPerLock);
    batch_.clear();
    {
      MutexLock lock(node.mutex_);
      for (std::size_t i = begin; i < end; ++i) {
        Series& series = *changed[i];
        series.dirty_ = false;
        if (!series.watched_ || series.expired()) continue;
        node.Describe(series, now_ns, &states_[batch_.size()]);
        series.window_moved_ = false;
        batch_.push_back(changed[i]);
        if (series.histogram_ == nullptr || series.histogram_->window_empty()) continue;
        if (!std::exchange(series.window_is_followed_, true)) windows_.push_back(changed[i]);
      }
    }
    for (std::size_t i = 0; i < batch_.size(); ++i) fn(batch_[i], states_[i]);
  }
  batch_.clear();
}

void ChangeFeed::DrainWindows(std::int64_t now_ns, const ReportFn& fn) {
  states_.resize(kSeriesPerLock);
  SeriesState& state = states_.front();
  std::erase_if(windows_, [&](const SeriesPtr& pointer) {
    Series& series = *pointer;
    bool has_changed = false;
    bool is_over = false;
    {
      Node& node = *series.node_;
      MutexLock lock(node.mutex_);
      is_over = !series.watched_ || series.expired();
      if (!is_over) {
        node.Describe(series, now_ns, &state);
        has_changed = std::exchange(series.window_moved_, false);
      }
      is_over = is_over || series.histogram_->window_empty();
      if (is_over) series.window_is_followed_ = false;
    }
    if (has_changed) fn(pointer, state);
    return is_over;
  });
}

}  // namespace obs
