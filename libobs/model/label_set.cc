#include "model/label_set.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"

namespace obs {

LabelSet::LabelSet(std::initializer_list<LabelPair> pairs) : pairs_(pairs) {
  std::ranges::sort(pairs_);
  assert(std::ranges::adjacent_find(pairs_, {}, &LabelPair::name) == pairs_.end());
}

absl::StatusOr<LabelSet> LabelSet::FromPairs(std::vector<LabelPair> pairs) {
  std::ranges::sort(pairs);
  const auto twice = std::ranges::adjacent_find(pairs, {}, &LabelPair::name);
  if (twice != pairs.end()) {
    return absl::InvalidArgumentError(absl::StrCat("label \"", twice->name, "\" occurs twice"));
  }
  LabelSet set;
  set.pairs_ = std::move(pairs);
  return set;
}

std::optional<std::string_view> LabelSet::Get(std::string_view name) const {
  const auto found = std::ranges::lower_bound(pairs_, name, {}, &LabelPair::name);
  if (found == pairs_.end() || found->name != name) return std::nullopt;
  return found->value;
}

LabelSet LabelSet::WithDefaults(const LabelSet& defaults) const {
  LabelSet merged = *this;
  for (const LabelPair& pair : defaults.pairs_) {
    if (!Get(pair.name)) merged.pairs_.push_back(pair);
  }
  std::ranges::sort(merged.pairs_);
  return merged;
}

}  // namespace obs
