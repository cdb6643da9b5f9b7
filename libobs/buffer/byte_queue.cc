#include "buffer/byte_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace obs {
namespace {

// A queue in balance moves its bytes down, and a growing one moves house, once for each eighth of its size:
// so little slack costs little work.
constexpr std::size_t kSlackShift = 3;
constexpr std::size_t kQuantum = 32;
constexpr std::size_t kShrinkFactor = 3;

std::size_t CapacityFor(std::size_t bytes) {
  return (bytes + (bytes >> kSlackShift) + kQuantum - 1) / kQuantum * kQuantum;
}

}  // namespace

ByteQueue::ByteQueue(const ByteQueue& other)
    : bytes_(other.size() == 0 ? nullptr : std::make_unique_for_overwrite<std::uint8_t[]>(other.size())),
      end_(static_cast<std::uint32_t>(other.size())),
      capacity_(end_) {
  if (end_ != 0) std::memcpy(bytes_.get(), other.begin(), end_);
}

ByteQueue& ByteQueue::operator=(const ByteQueue& other) {
  if (this != &other) *this = ByteQueue(other);
  return *this;
}

ByteQueue::ByteQueue(ByteQueue&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

ByteQueue& ByteQueue::operator=(ByteQueue&& other) noexcept {
  bytes_ = std::move(other.bytes_);
  begin_ = std::exchange(other.begin_, 0);
  end_ = std::exchange(other.end_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

std::uint8_t* ByteQueue::Reserve(std::size_t max_bytes) {
  if (end_ + max_bytes <= capacity_) return bytes_.get() + end_;
  const std::size_t live = size();
  const std::size_t wanted = CapacityFor(live + max_bytes);
  const bool fits = live + max_bytes <= capacity_ && begin_ >= live >> kSlackShift;
  if (fits && capacity_ <= wanted * kShrinkFactor) {
    std::memmove(bytes_.get(), begin(), live);
  } else {
    auto moved = std::make_unique_for_overwrite<std::uint8_t[]>(wanted);
    if (live != 0) std::memcpy(moved.get(), begin(), live);
    bytes_ = std::move(moved);
    capacity_ = static_cast<std::uint32_t>(wanted);
  }
  begin_ = 0;
  end_ = static_cast<std::uint32_t>(live);
  return bytes_.get() + end_;
}

void ByteQueue::Append(const std::uint8_t* bytes, std::size_t size) {
  std::uint8_t* const out = Reserve(size);
  std::memcpy(out, bytes, size);
  Commit(out + size);
}

void ByteQueue::Clear() {
  *this = ByteQueue();
}

}  // namespace obs
