// Finds the series of a sample that bears its name and labels with it, without allocating, once it was seen
// before.
//
// Bounded: by entries and bytes; when full it starts anew. Retired series are let go of as it grows.
//
// Thread safety: one thread at a time. One cache serves one node.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "buffer/series.h"
#include "wire/batch_view.h"

namespace obs {

class SeriesCache {
 public:
  static constexpr std::size_t kMaxEntries = 200'000;
  static constexpr std::size_t kMaxKeyBytes = 32u << 20;

  // Builds the key of a series into `key`. `labels` are sorted.
  static void MakeKey(std::string_view name, MetricKind kind, std::span<const LabelView> labels,
                      std::string* key);

  // The series of `key`, or null if it is not known or retired.
  Series* Find(std::string_view key) const {
    const auto found = entries_.find(absl::string_view(key.data(), key.size()));
    return found != entries_.end() && !found->second->retired() ? found->second.get() : nullptr;
  }

  void Insert(std::string_view key, SeriesPtr series);

  void Clear();

 private:
  void LetGoOfRetired();

  absl::flat_hash_map<std::string, SeriesPtr> entries_;
  std::size_t key_bytes_ = 0;
  std::size_t next_sweep_ = 1024;  // entries
};

}  // namespace obs
