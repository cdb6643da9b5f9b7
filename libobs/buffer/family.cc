#include "buffer/family.h"

#include <utility>

namespace obs {

Family::Family(std::string name, std::size_t ring_capacity, std::shared_ptr<MemoryMeter> memory)
    : name_(std::move(name)), ring_(ring_capacity, std::move(memory)) {}

std::vector<SeriesPtr> Family::Series() const {
  std::vector<SeriesPtr> all;
  MutexLock lock(mutex_);
  all.reserve(series_.size());
  for (const auto& [id, series] : series_) all.push_back(series);
  return all;
}

void Family::Add(const SeriesPtr& series) {
  MutexLock lock(mutex_);
  series_.emplace(series->id(), series);
}

void Family::Remove(const obs::Series& series) {
  MutexLock lock(mutex_);
  series_.erase(series.id());
}

void Family::Clear() {
  MutexLock lock(mutex_);
  series_.clear();
}

}  // namespace obs
