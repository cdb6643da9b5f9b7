#ifdef __linux__

#include "common/standard_streams.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace obs::cli {

// Plain system calls in code that is not instrumented: sanitizers are not set up yet when this first runs.
[[gnu::no_sanitize("address", "thread", "undefined")]] void HoldStandardStreams() {
  for (long fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    const bool is_closed = syscall(SYS_fcntl, fd, F_GETFD, 0L) < 0;
    const long mode = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    // The lowest free number is the one found closed.
    if (is_closed && syscall(SYS_openat, long{AT_FDCWD}, "/dev/null", mode, 0L) < 0) return;
  }
}

namespace {

// Not a constructor: those of shared libraries come first.
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_everything)() = &HoldStandardStreams;

}  // namespace
}  // namespace obs::cli

#endif  // __linux__
