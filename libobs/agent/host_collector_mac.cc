#ifdef __APPLE__

#include <mach/mach.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "agent/host_collector.h"
#include "base/process_usage.h"

// The calls are those that sysctl(3), getloadavg(3), getmntinfo(3) and Apple's <mach/mach_host.h> document;
// the names are those of node_exporter on macOS.
namespace obs {
namespace {

double Number(std::uint64_t value) {
  return static_cast<double>(value);
}

// What sysctl(3) has under `name`; `otherwise` where it has nothing.
template <typename T>
T Sysctl(const char* name, T otherwise) {
  T value{};
  std::size_t size = sizeof(value);
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && size == sizeof(value) ? value : otherwise;
}

// ---- Processors ----

// Ticks of a core since boot, by CPU_STATE_USER and so on. They are of 32 bits, and start anew after 497
// days.
using Ticks = std::array<std::uint32_t, CPU_STATE_MAX>;

class Processors {
 public:
  void Collect(MetricSink& sink) {
    natural_t count = 0;
    processor_info_array_t info = nullptr;
    mach_msg_type_number_t info_count = 0;
    if (host_processor_info(host_, PROCESSOR_CPU_LOAD_INFO, &count, &info, &info_count) != KERN_SUCCESS)
      return;
    const auto* const loads = reinterpret_cast<const processor_cpu_load_info_data_t*>(info);
    before_.resize(count);
    for (natural_t core = 0; core < count; ++core) {
      Ticks now;
      std::memcpy(now.data(), loads[core].cpu_ticks, sizeof(now));
      Record(std::to_string(core), before_[core], now, sink);
      before_[core] = now;
    }
    vm_deallocate(mach_task_self(), reinterpret_cast<vm_address_t>(info), info_count * sizeof(*info));
  }

 private:
  void Record(const std::string& core, const Ticks& before, const Ticks& now, MetricSink& sink) const {
    constexpr std::pair<int, const char*> kModes[] = {{CPU_STATE_USER, "user"},
                                                      {CPU_STATE_SYSTEM, "system"},
                                                      {CPU_STATE_IDLE, "idle"},
                                                      {CPU_STATE_NICE, "nice"}};
    std::uint64_t passed = 0;
    for (const auto& [state, mode] : kModes) {
      sink.Total("node_cpu_seconds_total", now[state] / ticks_per_second_, {{"cpu", core}, {"mode", mode}});
      passed += now[state] - before[state];
    }
    // The first reading has nothing before it.
    if (before == Ticks{} || passed == 0) return;
    const std::uint32_t idle = now[CPU_STATE_IDLE] - before[CPU_STATE_IDLE];
    sink.Gauge("cpu_percent", 100 * Number(passed - idle) / Number(passed), {{"core", core}});
  }

  const mach_port_t host_ = mach_host_self();  // counts references, so it is asked for once
  const double ticks_per_second_ = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::vector<Ticks> before_;
};

// ---- Memory ----

void CollectMemory(mach_port_t host, MetricSink& sink) {
  vm_statistics64_data_t stats{};
  mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
  if (host_statistics64(host, HOST_VM_INFO64, reinterpret_cast<host_info64_t>(&stats), &count) !=
      KERN_SUCCESS)
    return;
  const double page = Number(vm_kernel_page_size);
  const std::pair<const char*, std::uint64_t> pages_in[] = {
      {"node_memory_free_bytes", stats.free_count},
      {"node_memory_active_bytes", stats.active_count},
      {"node_memory_inactive_bytes", stats.inactive_count},
      {"node_memory_wired_bytes", stats.wire_count},
      {"node_memory_compressed_bytes", stats.compressor_page_count},
      {"node_memory_internal_bytes", stats.internal_page_count},
      {"node_memory_purgeable_bytes", stats.purgeable_count}};
  for (const auto& [name, pages] : pages_in) sink.Gauge(name, Number(pages) * page, {});
  sink.Total("node_memory_swapped_in_bytes_total", Number(stats.pageins) * page, {});
  sink.Total("node_memory_swapped_out_bytes_total", Number(stats.pageouts) * page, {});
  sink.Gauge("node_memory_total_bytes", Number(Sysctl<std::uint64_t>("hw.memsize", 0)), {});
  const auto swap = Sysctl<xsw_usage>("vm.swapusage", {});
  sink.Gauge("node_memory_swap_total_bytes", Number(swap.xsu_total), {});
  sink.Gauge("node_memory_swap_used_bytes", Number(swap.xsu_used), {});
}

// ---- Load and time of boot ----

void CollectLoad(MetricSink& sink) {
  std::array<double, 3> load{};
  if (getloadavg(load.data(), static_cast<int>(load.size())) == static_cast<int>(load.size())) {
    sink.Gauge("node_load1", load[0], {});
    sink.Gauge("node_load5", load[1], {});
    sink.Gauge("node_load15", load[2], {});
  }
  const auto boot = Sysctl<timeval>("kern.boottime", {});
  if (boot.tv_sec != 0) sink.Gauge("node_boot_time_seconds", static_cast<double>(boot.tv_sec), {});
}

// ---- Network ----

void RecordInterface(const if_msghdr2& message, MetricSink& sink) {
  char device[IF_NAMESIZE];
  if (if_indextoname(message.ifm_index, device) == nullptr) return;
  const if_data64& data = message.ifm_data;
  const std::pair<const char*, std::uint64_t> totals[] = {
      {"node_network_receive_bytes_total", data.ifi_ibytes},
      {"node_network_receive_packets_total", data.ifi_ipackets},
      {"node_network_receive_errs_total", data.ifi_ierrors},
      {"node_network_receive_drop_total", data.ifi_iqdrops},
      {"node_network_receive_multicast_total", data.ifi_imcasts},
      {"node_network_transmit_bytes_total", data.ifi_obytes},
      {"node_network_transmit_packets_total", data.ifi_opackets},
      {"node_network_transmit_errs_total", data.ifi_oerrors},
      {"node_network_transmit_multicast_total", data.ifi_omcasts}};
  for (const auto& [name, value] : totals) sink.Total(name, Number(value), {{"device", device}});
  sink.Gauge("node_network_up", (message.ifm_flags & IFF_UP) != 0 ? 1 : 0, {{"device", device}});
}

// The list is messages, one after the other, that begin with their length, version and type.
void CollectNetwork(std::vector<char>& buffer, MetricSink& sink) {
  std::array<int, 6> query{CTL_NET, PF_ROUTE, 0, 0, NET_RT_IFLIST2, 0};
  std::size_t size = 0;
  if (sysctl(query.data(), query.size(), nullptr, &size, nullptr, 0) != 0) return;
  buffer.resize(size);
  if (sysctl(query.data(), query.size(), buffer.data(), &size, nullptr, 0) != 0) return;
  std::size_t at = 0;
  while (at + sizeof(if_msghdr) <= size) {
    if_msghdr head;
    std::memcpy(&head, buffer.data() + at, sizeof(head));
    if (head.ifm_msglen == 0) return;
    if (head.ifm_type == RTM_IFINFO2 && at + sizeof(if_msghdr2) <= size) {
      if_msghdr2 message;
      std::memcpy(&message, buffer.data() + at, sizeof(message));
      RecordInterface(message, sink);
    }
    at += head.ifm_msglen;
  }
}

// ---- File systems ----

void CollectFileSystems(MetricSink& sink) {
  struct statfs* mounts = nullptr;  // belongs to getmntinfo()
  const int count = getmntinfo(&mounts, MNT_NOWAIT);
  for (int i = 0; i < count; ++i) {
    const struct statfs& mount = mounts[i];
    // Not devfs and autofs, nor what would be asked of another machine.
    if ((mount.f_flags & MNT_LOCAL) == 0 || std::strcmp(mount.f_fstypename, "devfs") == 0) continue;
    const double block = Number(mount.f_bsize);
    const std::pair<const char*, double> gauges[] = {
        {"node_filesystem_size_bytes", Number(mount.f_blocks) * block},
        {"node_filesystem_free_bytes", Number(mount.f_bfree) * block},
        {"node_filesystem_avail_bytes", Number(mount.f_bavail) * block},
        {"node_filesystem_files", Number(mount.f_files)},
        {"node_filesystem_files_free", Number(mount.f_ffree)},
        {"node_filesystem_readonly", (mount.f_flags & MNT_RDONLY) != 0 ? 1 : 0}};
    for (const auto& [name, value] : gauges) {
      sink.Gauge(name, value,
                 {{"device", mount.f_mntfromname},
                  {"fstype", mount.f_fstypename},
                  {"mountpoint", mount.f_mntonname}});
    }
  }
}

// ---- This process ----

void CollectOwnUse(MetricSink& sink) {
  sink.Total("process_cpu_seconds_total", MeasureProcessUsage().cpu_seconds, {});
  mach_task_basic_info_data_t info{};
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info), &count) ==
      KERN_SUCCESS) {
    sink.Gauge("process_resident_memory_bytes", Number(info.resident_size), {});
    sink.Gauge("process_virtual_memory_bytes", Number(info.virtual_size), {});
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) sink.Gauge("process_max_fds", Number(limit.rlim_cur), {});
}

class MacHostCollector : public Collector {
 public:
  explicit MacHostCollector(MetricSink& sink) : sink_(sink) {}

  void Collect() override {
    processors_.Collect(sink_);
    CollectMemory(host_, sink_);
    CollectLoad(sink_);
    CollectNetwork(buffer_, sink_);
    CollectFileSystems(sink_);
    CollectOwnUse(sink_);
  }

 private:
  MetricSink& sink_;
  const mach_port_t host_ = mach_host_self();
  Processors processors_;
  std::vector<char> buffer_;
};

}  // namespace

std::unique_ptr<Collector> MakeHostCollector(MetricSink& sink, const std::string&) {
  return std::make_unique<MacHostCollector>(sink);
}

}  // namespace obs

#endif  // __APPLE__
