#include "buffer/compact_counts.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace obs {
namespace {

constexpr int kMaxWidthShift = 3;

std::int32_t DownTo(std::int32_t index, std::int32_t step) {
  return index - (index % step + step) % step;
}

template <typename T>
std::uint64_t Load(const std::uint8_t* bytes, std::size_t k) {
  T value;
  std::memcpy(&value, bytes + k * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void StoreAs(std::uint8_t* bytes, std::size_t k, std::uint64_t count) {
  const auto value = static_cast<T>(count);
  std::memcpy(bytes + k * sizeof(T), &value, sizeof(T));
}

int WidthShiftOf(std::uint64_t count) {
  const int bytes = (static_cast<int>(std::bit_width(count | 1)) + 7) / 8;
  return static_cast<int>(std::bit_width(static_cast<unsigned>(bytes - 1)));
}

}  // namespace

CompactCounts::CompactCounts(const CompactCounts& other)
    : bytes_(other.size_ == 0 ? nullptr : std::make_unique_for_overwrite<std::uint8_t[]>(other.HeapBytes())),
      offset_(other.offset_),
      size_(other.size_),
      width_shift_(other.width_shift_) {
  if (size_ != 0) std::memcpy(bytes_.get(), other.bytes_.get(), HeapBytes());
}

CompactCounts& CompactCounts::operator=(const CompactCounts& other) {
  if (this != &other) *this = CompactCounts(other);
  return *this;
}

std::uint64_t CompactCounts::Get(std::size_t k) const {
  switch (width_shift_) {
    case 0: return bytes_[k];
    case 1: return Load<std::uint16_t>(bytes_.get(), k);
    case 2: return Load<std::uint32_t>(bytes_.get(), k);
    default: return Load<std::uint64_t>(bytes_.get(), k);
  }
}

void CompactCounts::Set(std::size_t k, std::uint64_t count) {
  switch (width_shift_) {
    case 0: bytes_[k] = static_cast<std::uint8_t>(count); break;
    case 1: StoreAs<std::uint16_t>(bytes_.get(), k, count); break;
    case 2: StoreAs<std::uint32_t>(bytes_.get(), k, count); break;
    default: StoreAs<std::uint64_t>(bytes_.get(), k, count); break;
  }
}

std::size_t CompactCounts::SizeWith(std::int32_t first, std::int32_t last) const {
  if (size_ != 0) {
    first = std::min(first, offset_);
    last = std::max(last, offset_ + static_cast<std::int32_t>(size_) - 1);
  }
  return static_cast<std::size_t>(DownTo(last, kStep) + kStep - DownTo(first, kStep));
}

void CompactCounts::Cover(std::int32_t first, std::int32_t last) {
  const std::size_t size = SizeWith(first, last);
  if (size == size_) return;
  Rebuild(DownTo(size_ == 0 ? first : std::min(first, offset_), kStep), size, width_shift_);
}

void CompactCounts::Add(std::int32_t index, std::uint64_t count) {
  const auto k = static_cast<std::size_t>(index - offset_);
  const std::uint64_t sum = Get(k) + count;
  const int wanted = WidthShiftOf(sum);
  if (wanted > width_shift_) [[unlikely]]
    Rebuild(offset_, size_, wanted);
  Set(k, sum);
}

void CompactCounts::Rebuild(std::int32_t offset, std::size_t size, int width_shift) {
  CompactCounts wider;
  wider.bytes_ = std::make_unique<std::uint8_t[]>(size << width_shift);
  wider.offset_ = offset;
  wider.size_ = static_cast<std::uint32_t>(size);
  wider.width_shift_ = width_shift;
  for (std::size_t k = 0; k < size_; ++k) wider.Set(k + static_cast<std::size_t>(offset_ - offset), Get(k));
  *this = std::move(wider);
}

void CompactCounts::Coarsen(int shift) {
  if (size_ == 0) return;
  CompactCounts coarse;
  coarse.Cover(offset_ >> shift, (offset_ + static_cast<std::int32_t>(size_) - 1) >> shift);
  for (std::size_t k = 0; k < size_; ++k) {
    coarse.Add((offset_ + static_cast<std::int32_t>(k)) >> shift, Get(k));
  }
  *this = std::move(coarse);
}

Sketch::Buckets CompactCounts::Unpack() const {
  Sketch::Buckets buckets{offset_, std::vector<std::uint64_t>(size_)};
  for (std::size_t k = 0; k < size_; ++k) buckets.counts[k] = Get(k);
  return buckets;
}

}  // namespace obs
