// Writes the announcements of telemetry.proto's compact form: which series a number stands for.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/label_set.h"
#include "model/metric_kind.h"

namespace obs {

// A SeriesAnnouncement but for its ref.
std::string EncodeAnnounced(std::string_view name, MetricKind kind, const LabelSet& labels,
                            bool shared_total);

// Appends the announcement of `ref`, as a field of a TelemetryBatch. `announced` is of EncodeAnnounced().
void AppendAnnouncement(std::string& out, std::uint32_t ref, std::string_view announced);
// What that appends, in bytes.
std::size_t AnnouncementBytes(std::uint32_t ref, std::string_view announced);

}  // namespace obs
