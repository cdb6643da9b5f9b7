// Histograms of JSON Lines: see json_line.h.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "model/distribution.h"
#include "nlohmann/json_fwd.hpp"

namespace obs {

// INVALID_ARGUMENT as "\"KEY\": WHAT".
absl::Status JsonKeyError(std::string_view key, std::string_view what);

// The running totals of a histogram that obs-tail printed.
struct TailedTotals {
  std::uint64_t count = 0;
  double sum = 0;
};

// From "observations", or from "bounds", "counts" and perhaps "sum". Errors: INVALID_ARGUMENT naming the key.
absl::StatusOr<Distribution> ReadDistribution(const nlohmann::json& object);

// From what obs-tail prints: "count" and "sum" and the sliding window's "buckets" as [[upper bound, count],
// ...]. `totals` are those of the line before, if there was one, and become this line's. nullopt if nothing
// was observed between. Errors: INVALID_ARGUMENT naming the key; `totals` stay.
absl::StatusOr<std::optional<Sketch>> ReadWindow(const nlohmann::json& object,
                                                 std::optional<TailedTotals>* totals);

}  // namespace obs
