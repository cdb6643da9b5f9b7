// The small rules of Prometheus's text format, version 0.0.4.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace obs {

// The metric name under which `name` is exposed: each character outside [a-zA-Z0-9_:] becomes "_", and a
// leading digit gets a "_" before it.
std::string ExposedMetricName(std::string_view name);

// Likewise for the name of a label, which may not hold ":" either. A name that would mean something to
// Prometheus (le, quantile, service, instance, and what starts with "__") gets "exported_" before it.
std::string ExposedLabelName(std::string_view name);

// Appends name="value".
void AppendLabel(std::string& out, std::string_view name, std::string_view value);

// Appends `text` as the text of a HELP line.
void AppendHelpText(std::string& out, std::string_view text);

// Appends the shortest decimal that reads back as `value`, or NaN, +Inf, -Inf.
void AppendValue(std::string& out, double value);
void AppendCount(std::string& out, std::uint64_t count);

}  // namespace obs
