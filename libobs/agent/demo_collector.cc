#include "agent/demo_collector.h"

#include <algorithm>
#include <charconv>

namespace obs {

DemoCollector::DemoCollector(MetricSink& sink, const Clock& clock, std::uint64_t seed)
    : sink_(sink), clock_(clock), last_nanos_(clock.MonotonicNanos()), service_(seed) {}

void DemoCollector::Collect() {
  // After a pause, such as a laptop's sleep, the service goes on from where it was instead of catching up.
  constexpr std::int64_t kLongestStep = kNanosPerSecond;
  const std::int64_t now = clock_.MonotonicNanos();
  seconds_ += static_cast<double>(std::min(now - last_nanos_, kLongestStep)) / kNanosPerSecond;
  last_nanos_ = now;

  service_.AdvanceTo(seconds_, [this](const DemoService::Finished& request) { Record(request); });
  sink_.Gauge("demo_queue_depth", static_cast<double>(service_.queue_depth()), {});
  sink_.Gauge("demo_in_flight_requests", static_cast<double>(service_.in_flight()), {});
}

void DemoCollector::Record(const DemoService::Finished& request) {
  const Label labels[] = {{"method", request.route->method}, {"route", request.route->path}};
  sink_.Count("demo_requests_total", 1, {labels, std::size(labels)});
  sink_.Observe("demo_request_duration_seconds", request.duration_seconds, {labels, std::size(labels)});
  if (request.status < 400) return;
  char digits[8];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), request.status).ptr;
  sink_.Count("demo_errors_total", 1, {{"status", std::string_view(digits, end - digits)}});
}

}  // namespace obs
