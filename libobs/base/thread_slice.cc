#include "base/thread_slice.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace obs {

#if defined(__linux__)

namespace {

// As in the kernel's <linux/sched/types.h>, which does not go together with <sched.h>.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};

}  // namespace

void RequestShortSlice(std::int64_t slice_ns) {
  SchedulingAttributes attributes{};
  attributes.size = sizeof attributes;
  attributes.policy = SCHED_OTHER;
  attributes.nice = ::getpriority(PRIO_PROCESS, 0);
  attributes.runtime = static_cast<std::uint64_t>(slice_ns);
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);  // without it, ticks come later at high load
}

#else

void RequestShortSlice(std::int64_t) {}

#endif

}  // namespace obs
