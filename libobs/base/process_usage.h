// What this process uses of the machine.
//
// Thread safety: any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace obs {

struct ProcessUsage {
  double cpu_seconds = 0;  // user and system, all threads
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_fds = 0;
};

// What the platform does not tell is 0.
ProcessUsage MeasureProcessUsage();

// Its `cpu_seconds` alone, which costs far less.
double MeasureCpuSeconds();

// Of another process, CPU in the kernel's ticks of 10 ms. Nothing if there is none of that id; `open_fds` is
// 0.
std::optional<ProcessUsage> MeasureProcessUsage(pid_t pid);

}  // namespace obs
