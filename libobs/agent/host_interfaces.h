// State and speed of the network interfaces, from /sys/class/net: node_network_up, node_network_speed_bytes.
//
// Thread safety: none.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "agent/metric_sink.h"
#include "agent/proc_file.h"

namespace obs {

class HostInterfaces {
 public:
  // `directory`: /sys/class/net, or a copy of it.
  explicit HostInterfaces(std::string directory) : directory_(std::move(directory)) {}

  // Reads the interfaces of these names; forgets all others.
  void Read(std::span<const std::string_view> names, MetricSink& sink);

 private:
  struct Files {
    ProcFile state;
    ProcFile speed;
    bool seen = true;
  };

  std::string directory_;
  std::string buffer_;
  absl::flat_hash_map<std::string, Files> files_;
};

}  // namespace obs
