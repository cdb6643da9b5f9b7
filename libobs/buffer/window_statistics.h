// Thread safety: pure functions.
#pragma once

#include "model/distribution.h"
#include "model/histogram_state.h"

namespace obs {

// Fills in all that is about the window. In a sketch of a lower scale than the default, whose buckets are
// wide, quantiles are interpolated.
void DescribeWindow(const Distribution& window, HistogramState* out);

}  // namespace obs
