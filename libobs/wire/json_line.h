// JSON Lines: one object a line.
//
//   {"kind":"gauge","name":"temp","labels":{"room":"1"},"value":21.5,"timestamp":1700000000000}
//   {"kind":"counter","name":"hits_total","value":5}            the running total
//   {"kind":"counter","name":"hits_total","increment":5}        growth
//   {"kind":"histogram","name":"rtt","value":0.2}               one observation
//   {"kind":"histogram","name":"rtt","observations":[0.2,0.3]}
//   {"kind":"histogram","name":"rtt","bounds":[1,2],"counts":[3,4,0],"sum":7.5}      explicit buckets
//
// "kind" may be called "type"; without it, it is a gauge. "labels" (values may be numbers or booleans),
// "timestamp" (a number or RFC 3339, see text_number.h), "service" and "instance" are optional. Other keys
// are ignored.
//
// What obs-tail prints is taken too. Its histograms show running totals ("count", "sum") and a sliding
// window's "buckets": such a line stands for as many observations as "count" has grown by since the series'
// line before it, spread as the window is. Count and sum stay exact that way; the first line of a series
// gives its window.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "nlohmann/json_fwd.hpp"
#include "wire/json_histogram.h"
#include "wire/parsed_sample.h"

namespace obs {

class JsonLineParser {
 public:
  // Histograms of obs-tail whose totals are kept. At the limit, new ones are refused.
  static constexpr std::size_t kMaxHistograms = 100'000;

  // Adds the sample of `line`, which is not blank, to `out`; none if it is a histogram that has not grown.
  // Errors: INVALID_ARGUMENT naming the key, or the column if it is no JSON; nothing is added.
  absl::Status Parse(std::string_view line, ParsedSamples& out);

 private:
  absl::Status ReadHistogram(const nlohmann::json& object, ParsedSample sample, ParsedSamples& out);

  absl::flat_hash_map<std::string, TailedTotals> totals_;  // by service, instance and series
};

}  // namespace obs
