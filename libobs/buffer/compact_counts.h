// Counts of a run of buckets, in as few bytes each as the largest needs: one, two, four or eight. For sums
// that live as long as their series, of which most stay small.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "model/sketch.h"

namespace obs {

class CompactCounts {
 public:
  CompactCounts() = default;
  CompactCounts(const CompactCounts& other);
  CompactCounts& operator=(const CompactCounts& other);
  CompactCounts(CompactCounts&&) noexcept = default;
  CompactCounts& operator=(CompactCounts&&) noexcept = default;

  // Buckets there would be room for if `first` to `last` were among them.
  std::size_t SizeWith(std::int32_t first, std::int32_t last) const;
  // Makes room for `first` to `last`.
  void Cover(std::int32_t first, std::int32_t last);
  // `index` was covered.
  void Add(std::int32_t index, std::uint64_t count);
  // Merges neighbours: index i becomes i >> shift.
  void Coarsen(int shift);

  // All of them; those at the ends may be 0.
  Sketch::Buckets Unpack() const;
  std::size_t HeapBytes() const { return static_cast<std::size_t>(size_) << width_shift_; }

 private:
  // Room grows by so many buckets at either end, so that it seldom does.
  static constexpr std::int32_t kStep = 16;

  std::uint64_t Get(std::size_t k) const;
  void Set(std::size_t k, std::uint64_t count);
  // Begins at `offset` with `size` counts of 1 << width_shift bytes; those that are here stay.
  void Rebuild(std::int32_t offset, std::size_t size, int width_shift);

  std::unique_ptr<std::uint8_t[]> bytes_;
  std::int32_t offset_ = 0;
  std::uint32_t size_ = 0;
  int width_shift_ = 0;
};

}  // namespace obs
