// /proc/net/dev.
#include <array>

#include "agent/procfs.h"
#include "agent/text_scan.h"

namespace obs::procfs {
namespace {

// The columns after the interface's name, in the file's order.
constexpr std::array<std::string_view, 16> kFields{
    "node_network_receive_bytes_total",      "node_network_receive_packets_total",
    "node_network_receive_errs_total",       "node_network_receive_drop_total",
    "node_network_receive_fifo_total",       "node_network_receive_frame_total",
    "node_network_receive_compressed_total", "node_network_receive_multicast_total",
    "node_network_transmit_bytes_total",     "node_network_transmit_packets_total",
    "node_network_transmit_errs_total",      "node_network_transmit_drop_total",
    "node_network_transmit_fifo_total",      "node_network_transmit_colls_total",
    "node_network_transmit_carrier_total",   "node_network_transmit_compressed_total",
};

// Takes the interface's name off a line "  eth0:61629329 1419 ..."; empty for the two lines of headings.
// The name ends at the last colon, since an alias ("eth0:1") has one itself.
std::string_view TakeInterface(std::string_view& line) {
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return {};
  std::string_view name = line.substr(0, colon);
  line.remove_prefix(colon + 1);
  return TakeField(name);
}

}  // namespace

void ReadNetwork(std::string_view text, MetricSink& sink) {
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    const std::string_view device = TakeInterface(line);
    if (device.empty()) continue;
    for (const std::string_view field : kFields) {
      const auto value = TakeNumber<double>(line);
      if (!value) break;
      sink.Total(field, *value, {{"device", device}});
    }
  }
}

std::vector<std::string_view> NetworkInterfaces(std::string_view text) {
  std::vector<std::string_view> names;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    if (const std::string_view name = TakeInterface(line); !name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace obs::procfs
