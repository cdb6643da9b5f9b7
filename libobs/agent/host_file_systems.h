// How full the mounted file systems are: node_filesystem_*.
//
// Thread safety: none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/metric_sink.h"
#include "agent/procfs.h"

namespace obs {

class HostFileSystems {
 public:
  // `mounts_text`: the text of /proc/self/mounts. Asks each file system that procfs::ReadMounts() keeps.
  void Read(std::string_view mounts_text, MetricSink& sink);

 private:
  std::string seen_text_;  // mounts_ is what this says: parsed again only when it changes
  std::vector<procfs::Mount> mounts_;
};

}  // namespace obs
