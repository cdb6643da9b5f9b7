#ifdef __linux__

#include <dirent.h>
#include <sys/resource.h>

#include <vector>

#include "agent/cpu_meter.h"
#include "agent/host_collector.h"
#include "agent/host_file_systems.h"
#include "agent/host_interfaces.h"
#include "agent/proc_file.h"
#include "agent/procfs.h"

namespace obs {
namespace {

// A file and the pure function that reads it.
struct Source {
  ProcFile file;
  void (*read)(std::string_view text, MetricSink& sink);
};

void CountOwnFiles(const std::string& directory, MetricSink& sink) {
  DIR* const dir = opendir(directory.c_str());
  if (dir == nullptr) return;
  double count = -1;  // the one that reads the directory
  while (const dirent* entry = readdir(dir)) count += entry->d_name[0] != '.';
  closedir(dir);
  sink.Gauge("process_open_fds", count, {});
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    sink.Gauge("process_max_fds", static_cast<double>(limit.rlim_cur), {});
  }
}

class LinuxHostCollector : public Collector {
 public:
  LinuxHostCollector(MetricSink& sink, const std::string& root)
      : sink_(sink),
        stat_(root + "/proc/stat"),
        network_(root + "/proc/net/dev"),
        mounts_(root + "/proc/self/mounts"),
        own_stat_(root + "/proc/self/stat"),
        own_files_(root + "/proc/self/fd"),
        interfaces_(root + "/sys/class/net") {
    const auto add = [&](const char* path, auto read) { simple_.push_back({ProcFile(root + path), read}); };
    add("/proc/loadavg", procfs::ReadLoadAverage);
    add("/proc/meminfo", procfs::ReadMemory);
    add("/proc/diskstats", procfs::ReadDisks);
    add("/proc/pressure/cpu", procfs::ReadCpuPressure);
    add("/proc/pressure/io", procfs::ReadIoPressure);
    add("/proc/pressure/memory", procfs::ReadMemoryPressure);
    add("/proc/sys/fs/file-nr", procfs::ReadFileHandles);
  }

  void Collect() override {
    double boot_time_seconds = 0;
    if (const auto text = stat_.Read(buffer_)) {
      cpu_.Read(*text, sink_);
      procfs::ReadStat(*text, sink_);
      boot_time_seconds = procfs::BootTimeSeconds(*text);
    }
    for (Source& source : simple_) {
      if (const auto text = source.file.Read(buffer_)) source.read(*text, sink_);
    }
    if (const auto text = network_.Read(buffer_)) {
      procfs::ReadNetwork(*text, sink_);
      interfaces_.Read(procfs::NetworkInterfaces(*text), sink_);
    }
    if (const auto text = mounts_.Read(buffer_)) file_systems_.Read(*text, sink_);
    if (const auto text = own_stat_.Read(buffer_)) procfs::ReadOwnUse(*text, boot_time_seconds, sink_);
    CountOwnFiles(own_files_, sink_);
  }

 private:
  MetricSink& sink_;
  std::string buffer_;  // for every file in turn, so that reading allocates nothing
  ProcFile stat_;
  ProcFile network_;
  ProcFile mounts_;
  ProcFile own_stat_;
  std::string own_files_;
  std::vector<Source> simple_;
  CpuMeter cpu_;
  HostInterfaces interfaces_;
  HostFileSystems file_systems_;
};

}  // namespace

std::unique_ptr<Collector> MakeHostCollector(MetricSink& sink, const std::string& root) {
  return std::make_unique<LinuxHostCollector>(sink, root == "/" ? "" : root);
}

}  // namespace obs

#endif  // __linux__
