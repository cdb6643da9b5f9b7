// Numbers as people read them. A metric's name tells its unit, as Prometheus has it: queue_bytes,
// latency_seconds, requests_total.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace obs {

// The value of metric `name`, or a quantile of it, in its unit: "1.5 MiB", "12.3 ms", "42 %", "1.235M".
std::string ValueText(std::string_view name, double value);

// A number without unit: whole ones below a million in full, others with four digits, and k, M, G, T if big.
std::string NumberText(double value);

// How long ago, short: "0.3s", "12s", "5m", "3h", "2d".
std::string AgeText(std::int64_t micros);

}  // namespace obs
