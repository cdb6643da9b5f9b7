// /proc/diskstats, /proc/self/mounts.
#include <array>

#include "agent/procfs.h"
#include "agent/text_scan.h"
#include "re2/re2.h"

namespace obs::procfs {
namespace {

struct DiskField {
  std::string_view name;
  bool is_total;
  double factor;  // from the kernel's unit to the metric's
};

constexpr double kBytesPerSector = 512;  // in this file whatever the disk's own sectors are
constexpr double kSecondsPerMilli = 1e-3;

// The columns after the device's name, in the file's order. Older kernels have fewer.
constexpr std::array<DiskField, 17> kDiskFields{{
    {"node_disk_reads_completed_total", true, 1},
    {"node_disk_reads_merged_total", true, 1},
    {"node_disk_read_bytes_total", true, kBytesPerSector},
    {"node_disk_read_time_seconds_total", true, kSecondsPerMilli},
    {"node_disk_writes_completed_total", true, 1},
    {"node_disk_writes_merged_total", true, 1},
    {"node_disk_written_bytes_total", true, kBytesPerSector},
    {"node_disk_write_time_seconds_total", true, kSecondsPerMilli},
    {"node_disk_io_now", false, 1},
    {"node_disk_io_time_seconds_total", true, kSecondsPerMilli},
    {"node_disk_io_time_weighted_seconds_total", true, kSecondsPerMilli},
    {"node_disk_discards_completed_total", true, 1},
    {"node_disk_discards_merged_total", true, 1},
    {"node_disk_discarded_sectors_total", true, 1},
    {"node_disk_discard_time_seconds_total", true, kSecondsPerMilli},
    {"node_disk_flush_requests_total", true, 1},
    {"node_disk_flush_requests_time_seconds_total", true, kSecondsPerMilli},
}};

re2::StringPiece Piece(std::string_view text) {
  return {text.data(), text.size()};
}

// node_exporter's --collector.diskstats.device-exclude.
bool IsExcludedDisk(std::string_view device) {
  static const RE2& pattern = *new RE2(R"((z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+)");
  return RE2::FullMatch(Piece(device), pattern);
}

// node_exporter's --collector.filesystem.mount-points-exclude and fs-types-exclude, then what can block.
bool IsExcludedMount(std::string_view mount_point, std::string_view fs_type) {
  static const RE2& points = *new RE2(
      R"(/(dev|proc|run/credentials/.+|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/.*))");
  static const RE2& types = *new RE2(
      "autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|"
      "nsfs|overlay|"
      "proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs");
  static const RE2& remote =
      *new RE2("nfs4?|cifs|smb3?|smbfs|ncpfs|afs|9p|ceph|glusterfs|lustre|fuse|fuse\\..+");
  return RE2::FullMatch(Piece(mount_point), points) || RE2::FullMatch(Piece(fs_type), types) ||
         RE2::FullMatch(Piece(fs_type), remote);
}

// The kernel writes blanks and backslashes as three octal digits: "\040".
std::string Unescape(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto digit = [&](std::size_t k) { return i + k < field.size() ? field[i + k] - '0' : -1; };
    const auto is_octal = [&](std::size_t k) { return digit(k) >= 0 && digit(k) <= 7; };
    if (field[i] == '\\' && is_octal(1) && is_octal(2) && is_octal(3)) {
      out += static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3));
      i += 3;
    } else {
      out += field[i];
    }
  }
  return out;
}

bool HasOption(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    if (option == wanted) return true;
    options.remove_prefix(option.size() < options.size() ? option.size() + 1 : option.size());
  }
  return false;
}

}  // namespace

void ReadDisks(std::string_view text, MetricSink& sink) {
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    TakeField(line);  // major
    TakeField(line);  // minor
    const std::string_view device = TakeField(line);
    if (device.empty() || IsExcludedDisk(device)) continue;
    for (const DiskField& field : kDiskFields) {
      const auto value = TakeNumber<double>(line);
      if (!value) break;
      if (field.is_total)
        sink.Total(field.name, *value * field.factor, {{"device", device}});
      else
        sink.Gauge(field.name, *value, {{"device", device}});
    }
  }
}

std::vector<Mount> ReadMounts(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    Mount mount;
    mount.device = Unescape(TakeField(line));
    mount.mount_point = Unescape(TakeField(line));
    mount.fs_type = TakeField(line);
    mount.read_only = HasOption(TakeField(line), "ro");
    if (mount.fs_type.empty() || IsExcludedMount(mount.mount_point, mount.fs_type)) continue;
    // What is mounted over the same place hides what was there before.
    std::erase_if(mounts, [&](const Mount& m) { return m.mount_point == mount.mount_point; });
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace obs::procfs
