// The labels of a series as they stand on the page, without braces:
// service="api",instance="a1",route="/login".
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "model/series_identity.h"

namespace obs {

struct LabelText {
  // True if the series' own labels do not stand there as they were sent: names were changed, or empty values
  // left out, which mean "no such label" to Prometheus. Then another series may have the same text.
  bool changed = false;
  // Not empty if the series cannot be exposed: why.
  std::string fault;
};

// Appends the text to `out`, unless there is a fault.
LabelText AppendLabelText(std::string& out, const SeriesIdentity& series);

}  // namespace obs
