// Families by metric name.
//
// Thread safety: any thread. Its lock is taken after a node's and before a family's.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "buffer/family.h"
#include "buffer/memory_meter.h"

namespace obs {

class FamilyRegistry {
 public:
  // `ring_capacity`: of each family's ring, in samples. `memory` counts what families hold.
  FamilyRegistry(std::size_t ring_capacity, std::shared_ptr<MemoryMeter> memory);
  ~FamilyRegistry();

  std::shared_ptr<Family> GetOrCreate(std::string_view name);
  // In order of name.
  std::vector<std::shared_ptr<Family>> All() const;
  // Drops families that nobody holds.
  void DropUnused();

 private:
  const std::size_t ring_capacity_;
  const std::shared_ptr<MemoryMeter> memory_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Family>, std::less<>> families_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
