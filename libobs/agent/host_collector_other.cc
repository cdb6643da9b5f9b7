#ifndef __linux__

#include "agent/host_collector.h"

namespace obs {

std::unique_ptr<Collector> MakeHostCollector(MetricSink&, const std::string&) {
  return nullptr;
}

}  // namespace obs

#endif  // not __linux__
