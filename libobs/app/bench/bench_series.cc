#include "app/bench/bench_series.h"

#include <array>

#include "fmt/format.h"

namespace obs {

std::string BenchSeries::Name() const {
  return kind() == MetricKind::kCounter ? fmt::format("bench_requests_{:04}_total", metric)
                                        : fmt::format("bench_load_{:04}_percent", metric);
}

LabelSet BenchSeries::Labels() const {
  constexpr std::array<std::string_view, 4> kModes{"user", "system", "iowait", "idle"};
  return {{"core", fmt::format("{}", place % 8)},
          {"host", fmt::format("host-{:03}", place / 8)},
          {"mode", std::string(kModes[place % kModes.size()])},
          {"region", "eu-central-1"}};
}

BenchShape BenchShapeOf(const BenchSeries& series) {
  const auto slope = static_cast<double>(1 + series.number % 7);
  if (series.kind() == MetricKind::kCounter) return {.growth = slope};
  return {.base = 20 + static_cast<double>(series.number % 40), .swing = 0.25 * slope};
}

BenchMoment::BenchMoment(std::uint64_t round) : elapsed(static_cast<double>(round + 1)) {
  constexpr std::array<double, 16> kWave{0, 1, 3, 2, 5, 4, 6, 8, 7, 9, 6, 5, 3, 4, 2, 1};
  wave = kWave[round % kWave.size()];
}

}  // namespace obs
