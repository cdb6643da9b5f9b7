// The three kinds of metric.
#pragma once

#include <cstdint>
#include <string_view>

namespace obs {

// Values are those of telemetry.Kind on the wire.
enum class MetricKind : std::uint8_t { kGauge = 1, kCounter = 2, kHistogram = 3 };

// "gauge", "counter" or "histogram".
constexpr std::string_view KindName(MetricKind kind) {
  switch (kind) {
    case MetricKind::kGauge: return "gauge";
    case MetricKind::kCounter: return "counter";
    case MetricKind::kHistogram: return "histogram";
  }
  return "unknown";
}

}  // namespace obs
