#include "buffer/family_registry.h"

#include <cstdint>
#include <utility>

namespace obs {
namespace {

// With its place in the map. The ring counts itself.
constexpr std::int64_t kFamilyBytes = sizeof(Family) + 128;

}  // namespace

FamilyRegistry::FamilyRegistry(std::size_t ring_capacity, std::shared_ptr<MemoryMeter> memory)
    : ring_capacity_(ring_capacity), memory_(std::move(memory)) {}

// Series hold their family, which holds them.
FamilyRegistry::~FamilyRegistry() {
  MutexLock lock(mutex_);
  for (const auto& [name, family] : families_) family->Clear();
}

std::shared_ptr<Family> FamilyRegistry::GetOrCreate(std::string_view name) {
  MutexLock lock(mutex_);
  const auto found = families_.find(name);
  if (found != families_.end()) return found->second;
  auto family = std::make_shared<Family>(std::string(name), ring_capacity_, memory_);
  families_.emplace(std::string(name), family);
  memory_->Add(kFamilyBytes);
  return family;
}

std::vector<std::shared_ptr<Family>> FamilyRegistry::All() const {
  std::vector<std::shared_ptr<Family>> all;
  MutexLock lock(mutex_);
  all.reserve(families_.size());
  for (const auto& [name, family] : families_) all.push_back(family);
  return all;
}

// Whoever wants a family gets it under mutex_, and each series holds its own: where the only pointer is the
// one here, nobody else can have one.
void FamilyRegistry::DropUnused() {
  MutexLock lock(mutex_);
  const std::size_t dropped =
      std::erase_if(families_, [](const auto& entry) { return entry.second.use_count() == 1; });
  memory_->Add(-kFamilyBytes * static_cast<std::int64_t>(dropped));
}

}  // namespace obs
