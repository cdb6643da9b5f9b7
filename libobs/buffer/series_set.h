// The series of one node, found by name, kind and labels without building an identity.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "buffer/series.h"

namespace obs {

struct SeriesKey {
  std::string_view name;
  MetricKind kind;
  const LabelSet* labels;

  static SeriesKey Of(const Series& series) {
    const SeriesIdentity& identity = series.identity();
    return {identity.name, identity.kind, &identity.labels};
  }

  friend bool operator==(const SeriesKey& a, const SeriesKey& b) {
    return a.name == b.name && a.kind == b.kind && *a.labels == *b.labels;
  }
  template <typename H>
  friend H AbslHashValue(H h, const SeriesKey& key) {
    return H::combine(std::move(h), absl::string_view(key.name.data(), key.name.size()), key.kind,
                      *key.labels);
  }
};

struct SeriesKeyHash {
  using is_transparent = void;
  std::size_t operator()(const SeriesKey& key) const { return absl::Hash<SeriesKey>{}(key); }
  std::size_t operator()(const SeriesPtr& series) const { return (*this)(SeriesKey::Of(*series)); }
};

struct SeriesKeyEqual {
  using is_transparent = void;
  bool operator()(const SeriesPtr& a, const SeriesPtr& b) const { return a == b; }
  bool operator()(const SeriesPtr& a, const SeriesKey& b) const { return SeriesKey::Of(*a) == b; }
  bool operator()(const SeriesKey& a, const SeriesPtr& b) const { return a == SeriesKey::Of(*b); }
};

using SeriesSet = absl::flat_hash_set<SeriesPtr, SeriesKeyHash, SeriesKeyEqual>;

}  // namespace obs
