// What a histogram observed: a sketch, or explicit buckets that stay explicit.
//
// Thread safety: pure functions over values.
#pragma once

#include <variant>

#include "model/explicit_histogram.h"
#include "model/sketch.h"

namespace obs {

using Distribution = std::variant<Sketch, ExplicitHistogram>;

// True if `a` and `b` can be merged: both sketches, or explicit buckets with equal bounds.
bool Mergeable(const Distribution& a, const Distribution& b);

// Merges `from` into `into`; they are mergeable.
void MergeInto(Distribution& into, const Distribution& from);

std::uint64_t CountOf(const Distribution& distribution);
double SumOf(const Distribution& distribution);
// NaN if empty.
double QuantileOf(const Distribution& distribution, double q);
double MinOf(const Distribution& distribution);
double MaxOf(const Distribution& distribution);

}  // namespace obs
