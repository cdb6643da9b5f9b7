// The plain line format:
//
//   [gauge|counter|histogram] name[{label="value",...}] value [timestamp]
//
// Without a kind it is a gauge. `counter NAME 5` gives the running total, `counter NAME +5` growth by 5. A
// histogram's value is one observation. Names and labels: see series_text.h; timestamps: see text_number.h.
//
// Thread safety: pure function.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "wire/parsed_sample.h"

namespace obs {

// Adds the sample of `line`, which is not blank, to `out`. It points into `line`. Labels are not looked at
// yet: ParseSeriesText() does that, and may find errors. Errors: INVALID_ARGUMENT with the column; nothing is
// added.
absl::Status ParsePlainLine(std::string_view line, ParsedSamples& out);

}  // namespace obs
