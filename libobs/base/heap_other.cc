#ifndef __linux__

#include "base/heap.h"

namespace obs {

void UseOneHeap() {}

}  // namespace obs

#endif  // not __linux__
