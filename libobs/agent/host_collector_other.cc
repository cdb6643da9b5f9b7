#if !defined(__linux__) && !defined(__APPLE__)

#include "agent/host_collector.h"

namespace obs {

std::unique_ptr<Collector> MakeHostCollector(MetricSink&, const std::string&) {
  return nullptr;
}

}  // namespace obs

#endif  // neither __linux__ nor __APPLE__
