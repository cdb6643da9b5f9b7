// Asks the scheduler to let the calling thread, when it wakes, go before those that compute for long.
#pragma once

#include <cstdint>

namespace obs {

// For a thread that runs shortly and must run on time. From Linux 6.12 on its time slice may be chosen, and
// who asks for a short one goes first; nobody's share of the processor changes, and no privilege is needed.
// Elsewhere it does nothing. See sched_setattr(2), where sched_runtime is the slice.
void RequestShortSlice(std::int64_t slice_ns);

}  // namespace obs
