// What this process uses of the machine.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>

namespace obs {

struct ProcessUsage {
  double cpu_seconds = 0;  // user and system, all threads
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_fds = 0;
};

// What the platform does not tell is 0.
ProcessUsage MeasureProcessUsage();

}  // namespace obs
