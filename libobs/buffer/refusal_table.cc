#include "buffer/refusal_table.h"

#include <algorithm>

namespace obs {

void RefusalTable::Count(std::string_view metric, std::string_view owner, Refusal reason) {
  MutexLock lock(mutex_);
  const auto found = std::ranges::find_if(entries_, [&](const RefusedSeries& entry) {
    return entry.reason == reason && entry.metric == metric && entry.owner == owner;
  });
  if (found != entries_.end()) {
    ++found->count;
  } else if (entries_.size() < kMaxEntries) {
    entries_.push_back({std::string(metric), std::string(owner), reason, 1});
  } else {
    RefusedSeries& least = *std::ranges::min_element(entries_, {}, &RefusedSeries::count);
    least = {std::string(metric), std::string(owner), reason, least.count + 1};
  }
}

std::vector<RefusedSeries> RefusalTable::Most(std::size_t limit) const {
  std::vector<RefusedSeries> most;
  {
    MutexLock lock(mutex_);
    most = entries_;
  }
  std::ranges::sort(most, std::greater{}, &RefusedSeries::count);
  most.resize(std::min(most.size(), limit));
  return most;
}

}  // namespace obs
