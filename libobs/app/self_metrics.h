// The aggregator's own metrics, as Prometheus families.
//
// Thread safety: pure functions.
#pragma once

#include <string_view>

#include "app/snapshot.h"
#include "buffer/store.h"
#include "export/metric_families.h"

namespace obs {

// `store`: for the fill of the rings.
MetricFamilies BuildSelfMetrics(const AggregatorSnapshot& snapshot, const Store& store);

// True if one of these families, or a sample of one of them, bears that name.
bool IsSelfMetricName(std::string_view name);

}  // namespace obs
