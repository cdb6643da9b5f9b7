#ifndef __linux__

#include <fcntl.h>
#include <unistd.h>

#include "common/standard_streams.h"

namespace obs::cli {

void HoldStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    const bool is_closed = fcntl(fd, F_GETFD) < 0;
    // The lowest free number is the one found closed.
    if (is_closed && open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) < 0) return;
  }
}

namespace {

// As early as the platform lets a program: its libraries' constructors come first.
[[gnu::constructor]] void BeforeMain() {
  HoldStandardStreams();
}

}  // namespace
}  // namespace obs::cli

#endif  // not __linux__
