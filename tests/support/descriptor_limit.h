// Takes all file descriptors from this process for a while.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace obs::testing {

class DescriptorLimit {
 public:
  DescriptorLimit() { ::getrlimit(RLIMIT_NOFILE, &saved_); }
  ~DescriptorLimit() { Restore(); }
  // No descriptor can be opened from now on.
  void Exhaust() {
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    rlimit none = saved_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  void Restore() { ::setrlimit(RLIMIT_NOFILE, &saved_); }

 private:
  rlimit saved_{};
};

}  // namespace obs::testing
