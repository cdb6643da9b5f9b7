// StatsD lines, with the tags, packed values and timestamps of DogStatsD:
//
//   name:value[:value...]|type[|@rate][|#tag:value,...][|T<unix seconds>]
//
//   c         growth of a counter; with a rate, divided by it
//   g         gauge; "+5" and "-5" change the last value, from 0 at first, as StatsD's own server does
//   ms h d    an observation of a histogram; with a rate, made 1/rate times. The unit stays as sent.
//   s         refused: a set counts distinct values, which no kind of metric here keeps
//
// A tag without a value gets "true". Container ids (|c:...) are ignored; events and service checks are
// refused.
//
// Thread safety: one thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "wire/parsed_sample.h"
#include "wire/text_cursor.h"

namespace obs {

class StatsdLineParser {
 public:
  // Gauges whose last value is kept for relative changes. At the limit, new ones are refused.
  static constexpr std::size_t kMaxGauges = 100'000;

  // Adds the samples of `line`, which is not blank, to `out`.
  // Errors: INVALID_ARGUMENT with the column; values before it have been added.
  absl::Status Parse(std::string_view line, ParsedSamples& out);

 private:
  // Makes a change absolute, and remembers the value.
  absl::Status ApplyGauge(bool is_change, const TextCursor& at, ParsedSample* sample);

  absl::flat_hash_map<std::string, double> gauges_;  // by the text of their series
};

}  // namespace obs
