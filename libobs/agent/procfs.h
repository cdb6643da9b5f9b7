// Readers of the Linux kernel's text files: the text of a file in, readings out.
// Names, labels, units and what is left out are those of Prometheus's node_exporter.
//
// Thread safety: pure functions. Lines that make no sense are skipped; nothing throws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/metric_sink.h"

namespace obs::procfs {

// /proc/stat without its processors, which are CpuMeter's: interrupts, context switches, boot time,
// processes.
void ReadStat(std::string_view text, MetricSink& sink);

// /proc/loadavg.
void ReadLoadAverage(std::string_view text, MetricSink& sink);

// /proc/meminfo.
void ReadMemory(std::string_view text, MetricSink& sink);

// /proc/diskstats: whole disks, without partitions, RAM disks and loop devices.
void ReadDisks(std::string_view text, MetricSink& sink);

// /proc/net/dev.
void ReadNetwork(std::string_view text, MetricSink& sink);

// The interfaces named in /proc/net/dev. The views point into `text`.
std::vector<std::string_view> NetworkInterfaces(std::string_view text);

// /proc/pressure/{cpu,io,memory}: time in which tasks waited.
void ReadCpuPressure(std::string_view text, MetricSink& sink);
void ReadIoPressure(std::string_view text, MetricSink& sink);
void ReadMemoryPressure(std::string_view text, MetricSink& sink);

// /proc/sys/fs/file-nr: open files of the whole machine.
void ReadFileHandles(std::string_view text, MetricSink& sink);

// /proc/self/stat: what this process itself uses. `boot_time_seconds`, Unix time, places its start; 0 if not
// known.
void ReadOwnUse(std::string_view text, double boot_time_seconds, MetricSink& sink);

// The boot time in /proc/stat, Unix seconds; 0 if it has none.
double BootTimeSeconds(std::string_view stat_text);

struct Mount {
  std::string device;
  std::string mount_point;
  std::string fs_type;
  bool read_only = false;
};

// /proc/self/mounts: file systems that hold data. Left out besides what node_exporter leaves out: those on
// the network and in user space, since asking one whose server is gone blocks.
std::vector<Mount> ReadMounts(std::string_view text);

}  // namespace obs::procfs
