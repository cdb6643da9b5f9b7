#include "model/distribution.h"

#include <cassert>

namespace obs {

bool Mergeable(const Distribution& a, const Distribution& b) {
  if (a.index() != b.index()) return false;
  const auto* explicit_a = std::get_if<ExplicitHistogram>(&a);
  return explicit_a == nullptr || explicit_a->bounds() == std::get<ExplicitHistogram>(b).bounds();
}

void MergeInto(Distribution& into, const Distribution& from) {
  assert(Mergeable(into, from));
  if (auto* sketch = std::get_if<Sketch>(&into)) {
    sketch->Merge(std::get<Sketch>(from));
  } else {
    std::get<ExplicitHistogram>(into).Merge(std::get<ExplicitHistogram>(from));
  }
}

std::uint64_t CountOf(const Distribution& distribution) {
  return std::visit([](const auto& d) { return d.count(); }, distribution);
}

double SumOf(const Distribution& distribution) {
  return std::visit([](const auto& d) { return d.sum(); }, distribution);
}

double QuantileOf(const Distribution& distribution, double q) {
  return std::visit([q](const auto& d) { return d.Quantile(q); }, distribution);
}

double MinOf(const Distribution& distribution) {
  return std::visit([](const auto& d) { return d.min(); }, distribution);
}

double MaxOf(const Distribution& distribution) {
  return std::visit([](const auto& d) { return d.max(); }, distribution);
}

}  // namespace obs
