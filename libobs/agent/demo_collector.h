// Records what a simulated service does, so that every chart has something to show:
//
//   demo_requests_total{method,route}            counter
//   demo_request_duration_seconds{method,route}  histogram
//   demo_errors_total{status}                    counter
//   demo_queue_depth                             gauge      waiting for a worker
//   demo_in_flight_requests                      gauge      waiting or being worked on
//
// Made for calling at the push interval, so that charts move at the rate of the screen.
#pragma once

#include <cstdint>

#include "agent/collector.h"
#include "agent/demo_service.h"
#include "agent/metric_sink.h"
#include "base/clock.h"

namespace obs {

class DemoCollector : public Collector {
 public:
  // `sink` and `clock` outlive the collector. The same seed and times give the same recordings.
  DemoCollector(MetricSink& sink, const Clock& clock, std::uint64_t seed);

  void Collect() override;

 private:
  void Record(const DemoService::Finished& request);

  MetricSink& sink_;
  const Clock& clock_;
  std::int64_t last_nanos_;
  double seconds_ = 0;  // of the service's own time
  DemoService service_;
};

}  // namespace obs
