#include "base/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fmt/format.h"

namespace obs {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::uint64_t ResidentBytes(const std::string& proc_directory) {
  std::uint64_t total_pages = 0, resident_pages = 0;
  if (!(std::ifstream(proc_directory + "/statm") >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

double MeasureCpuSeconds() {
  rusage self{};
  return getrusage(RUSAGE_SELF, &self) == 0 ? Seconds(self.ru_utime) + Seconds(self.ru_stime) : 0;
}

ProcessUsage MeasureProcessUsage() {
  ProcessUsage usage{.cpu_seconds = MeasureCpuSeconds()};
  usage.resident_bytes = ResidentBytes("/proc/self");
  std::error_code error;
  for (std::filesystem::directory_iterator fd("/proc/self/fd", error), end; !error && fd != end;
       fd.increment(error)) {
    ++usage.open_fds;
  }
  return usage;
}

std::optional<ProcessUsage> MeasureProcessUsage(pid_t pid) {
  const std::string directory = fmt::format("/proc/{}", pid);
  std::string stat;
  std::getline(std::ifstream(directory + "/stat"), stat, '\0');
  // Behind the program's name, which may hold anything, the 12th and 13th words are its ticks.
  std::istringstream words(stat.substr(stat.rfind(')') + 1));
  std::string word;
  for (int i = 0; i < 11; ++i) words >> word;
  std::uint64_t user_ticks = 0, system_ticks = 0;
  if (!(words >> user_ticks >> system_ticks)) return std::nullopt;
  ProcessUsage usage{.resident_bytes = ResidentBytes(directory)};
  usage.cpu_seconds =
      static_cast<double>(user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return usage;
}

}  // namespace obs
