// Measures the machine under the names, labels and units of Prometheus's node_exporter, and this process's
// own use under those of Prometheus's client libraries. One more of its own: `cpu_percent{core}`, the busy
// share of a core.
//
// What a platform or a container does not show is left out. Linux and macOS so far: another platform needs a
// file beside host_collector_linux.cc that defines the function below.
#pragma once

#include <memory>
#include <string>

#include "agent/collector.h"
#include "agent/metric_sink.h"

namespace obs {

// `sink` outlives the collector. `root` is where `proc` and `sys` lie; tests put copies elsewhere.
// Null on a platform that it cannot measure.
std::unique_ptr<Collector> MakeHostCollector(MetricSink& sink, const std::string& root = "/");

}  // namespace obs
