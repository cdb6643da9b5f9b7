// What a histogram observed between two looks at its running totals.
//
// Thread safety: pure functions.
#pragma once

#include <optional>

#include "agent/histogram_block.h"
#include "model/sketch.h"

namespace obs {

// `now` holds at least what `sent` does, and the same or later min and max. Nullopt if it holds no more.
std::optional<Sketch> SketchSince(const HistogramTotals& sent, const HistogramTotals& now);

}  // namespace obs
