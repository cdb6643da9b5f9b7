// A set of labels: names with values, sorted by name, each name once.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

struct LabelPair {
  std::string name;
  std::string value;

  friend auto operator<=>(const LabelPair&, const LabelPair&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const LabelPair& pair) {
    return H::combine(std::move(h), pair.name, pair.value);
  }
};

class LabelSet {
 public:
  using value_type = LabelPair;
  using const_iterator = std::vector<LabelPair>::const_iterator;

  LabelSet() = default;
  // For literals in code and tests: names must differ.
  LabelSet(std::initializer_list<LabelPair> pairs);

  // Sorts `pairs`. Errors: INVALID_ARGUMENT if a name occurs twice.
  static absl::StatusOr<LabelSet> FromPairs(std::vector<LabelPair> pairs);

  // The value of `name`, or nullopt. The view lives as long as this set is not changed.
  std::optional<std::string_view> Get(std::string_view name) const;

  // These labels and those of `defaults` whose names are not here.
  LabelSet WithDefaults(const LabelSet& defaults) const;

  bool empty() const { return pairs_.empty(); }
  std::size_t size() const { return pairs_.size(); }
  const_iterator begin() const { return pairs_.begin(); }
  const_iterator end() const { return pairs_.end(); }

  friend bool operator==(const LabelSet&, const LabelSet&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const LabelSet& set) {
    return H::combine(std::move(h), set.pairs_);
  }

 private:
  std::vector<LabelPair> pairs_;  // sorted by name
};

}  // namespace obs
