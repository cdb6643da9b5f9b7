#ifdef __linux__

#include <cstdlib>

#include "base/heap.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace obs {
#ifdef __GLIBC__
namespace {

// What may stay unused at the end of the heap: batches of one hundred kilobytes come and go.
constexpr int kTrimBytes = 1 << 20;

}  // namespace
#endif

void UseOneHeap() {
#ifdef __GLIBC__
  if (std::getenv("MALLOC_ARENA_MAX") == nullptr) ::mallopt(M_ARENA_MAX, 1);
  if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr) ::mallopt(M_TRIM_THRESHOLD, kTrimBytes);
#endif
}

}  // namespace obs

#endif  // __linux__
