#include "agent/host_file_systems.h"

#include <sys/statvfs.h>

namespace obs {

void HostFileSystems::Read(std::string_view mounts_text, MetricSink& sink) {
  if (mounts_text != seen_text_) {
    seen_text_ = mounts_text;
    mounts_ = procfs::ReadMounts(mounts_text);
  }
  for (const procfs::Mount& mount : mounts_) {
    const auto gauge = [&](std::string_view name, double value) {
      sink.Gauge(name, value,
                 {{"device", mount.device}, {"fstype", mount.fs_type}, {"mountpoint", mount.mount_point}});
    };
    struct statvfs stats {};
    const bool failed = statvfs(mount.mount_point.c_str(), &stats) != 0;
    gauge("node_filesystem_device_error", failed ? 1 : 0);
    if (failed) continue;
    const auto blocks = [&](fsblkcnt_t count) {
      return static_cast<double>(count) * static_cast<double>(stats.f_frsize);
    };
    gauge("node_filesystem_size_bytes", blocks(stats.f_blocks));
    gauge("node_filesystem_free_bytes", blocks(stats.f_bfree));
    gauge("node_filesystem_avail_bytes", blocks(stats.f_bavail));
    gauge("node_filesystem_files", static_cast<double>(stats.f_files));
    gauge("node_filesystem_files_free", static_cast<double>(stats.f_ffree));
    gauge("node_filesystem_readonly", mount.read_only ? 1 : 0);
  }
}

}  // namespace obs
