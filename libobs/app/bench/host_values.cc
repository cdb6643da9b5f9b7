#include "app/bench/host_values.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "fmt/format.h"

namespace obs {
namespace {

enum class Shape { kConstant, kPages, kHundredths, kTenths, kFew, kSeconds, kIdle, kBytes, kPackets };

struct Metric {
  const char* name;
  Shape shape;
};

// In the proportions in which a host's exporter has them: more totals than gauges, many of them at rest.
constexpr std::array<Metric, 12> kMetrics{{{"filesystem_size_bytes", Shape::kConstant},
                                           {"memory_available_bytes", Shape::kPages},
                                           {"load1", Shape::kHundredths},
                                           {"hwmon_temp_celsius", Shape::kTenths},
                                           {"procs_running", Shape::kFew},
                                           {"cpu_seconds_total", Shape::kSeconds},
                                           {"disk_io_errors_total", Shape::kIdle},
                                           {"network_receive_bytes_total", Shape::kBytes},
                                           {"network_receive_packets_total", Shape::kPackets},
                                           {"disk_written_bytes_total", Shape::kBytes},
                                           {"context_switches_total", Shape::kPackets},
                                           {"network_receive_errs_total", Shape::kIdle}}};

const Metric& MetricOf(std::uint64_t series) {
  return kMetrics[series % kMetrics.size()];
}

double First(Shape shape, double uniform) {
  switch (shape) {
    case Shape::kConstant: return 4096 * std::floor(1e8 * uniform);
    case Shape::kPages: return 4096 * std::floor(1e6 * uniform);
    case Shape::kHundredths: return std::floor(400 * uniform) / 100;
    case Shape::kTenths: return 30 + std::floor(400 * uniform) / 10;
    case Shape::kFew: return std::floor(10 * uniform);
    case Shape::kSeconds: return std::floor(1e7 * uniform) / 100;
    case Shape::kIdle: return std::floor(20 * uniform);
    case Shape::kBytes: return std::floor(1e11 * uniform);
    case Shape::kPackets: return std::floor(1e8 * uniform);
  }
  return 0;
}

}  // namespace

HostValues::HostValues(std::uint64_t series) {
  for (std::uint64_t i = 0; i < series; ++i) values_.push_back(First(MetricOf(i).shape, Uniform()));
}

MetricKind HostValues::KindOf(std::uint64_t series) {
  return std::string_view(MetricOf(series).name).ends_with("_total") ? MetricKind::kCounter
                                                                     : MetricKind::kGauge;
}

std::string HostValues::NameOf(std::uint64_t series) {
  return fmt::format("bench_{}", MetricOf(series).name);
}

double HostValues::Next(std::uint64_t series) {
  double& value = values_[series];
  const double u = Uniform();
  const auto wander = [&](double step, double most) {
    value = std::clamp(value + step * std::round(most * (2 * u - 1)), 0.0, 1e15);
  };
  switch (MetricOf(series).shape) {
    case Shape::kConstant: break;
    case Shape::kPages: wander(4096, 500); break;
    case Shape::kHundredths: value = std::round(100 * value + 10 * (2 * u - 1)) / 100; break;
    case Shape::kTenths: value = std::round(10 * value + 3 * (2 * u - 1)) / 10; break;
    case Shape::kFew: wander(1, 2); break;
    case Shape::kSeconds: value = std::round(100 * value + 100 * u * u) / 100; break;
    case Shape::kIdle: value += u < 0.001 ? 1 : 0; break;
    case Shape::kBytes: value += std::floor(200'000 * u * u); break;
    case Shape::kPackets: value += std::floor(1500 * u); break;
  }
  return value;
}

Sketch HostValues::NextDurations() {
  constexpr double kMedianSeconds = 0.02, kSpread = 0.8;
  std::lognormal_distribution<double> duration(std::log(kMedianSeconds), kSpread);
  Sketch sketch;
  const int requests = 5 + static_cast<int>(30 * Uniform());
  for (int i = 0; i < requests; ++i) sketch.Insert(duration(random_));
  return sketch;
}

}  // namespace obs
