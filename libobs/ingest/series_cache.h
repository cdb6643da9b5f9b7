// Finds the series of a sample that bears its name and labels with it, without allocating, once it was seen
// before.
//
// Clients send their series in the same order again and again, so the first guess is the series that once
// came after the last one; it lies next to it in memory. Only a wrong guess costs a hash and a walk through
// cold memory.
//
// Bounded: by entries and bytes; when full it starts anew. Retired series are let go of as it grows.
//
// Thread safety: one thread at a time. One cache serves one node.
#pragma once

#include <cstdint>
#include <deque>
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

  // The key of a series. `labels` are sorted. Lives until the next call.
  std::string_view MakeKey(std::string_view name, MetricKind kind, std::span<const LabelView> labels);

  // The series of `key`, or null if it is not known or retired.
  Series* Find(std::string_view key);

  // Adds a series that Find() did not find.
  void Insert(std::string_view key, SeriesPtr series);

 private:
  struct Entry {
    std::string key;
    SeriesPtr series;
  };

  void Clear();
  void LetGoOfRetired();

  std::deque<Entry> entries_;  // in order of first appearance; they stay where they are
  absl::flat_hash_map<absl::string_view, std::uint32_t> index_;
  std::size_t guess_ = 0;  // the entry that Find() tries first
  std::size_t key_bytes_ = 0;
  std::size_t next_sweep_ = 1024;  // entries
  std::string buffer_;             // of MakeKey()
};

}  // namespace obs
