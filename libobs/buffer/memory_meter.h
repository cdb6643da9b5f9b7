// Counts the bytes that the buffer holds, and knows their limit. An estimate: it counts what grows with the
// data.
//
// Thread safety: any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace obs {

class MemoryMeter {
 public:
  // `limit_bytes` of 0: none.
  explicit MemoryMeter(std::uint64_t limit_bytes) : limit_(limit_bytes) {}

  void Add(std::int64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }

  // For what can be done without: false, and nothing added, if half of the limit would be passed, so that
  // there is always room for series.
  [[nodiscard]] bool TryAdd(std::int64_t bytes) {
    const std::int64_t before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (limit_ == 0 || static_cast<std::uint64_t>(before + bytes) <= limit_ / 2) return true;
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }

  // Two warnings before the limit. First: admit nobody new, so that those who are here have room to grow.
  bool is_short() const { return limit_ != 0 && bytes() >= limit_ - limit_ / 8; }
  // Then: nobody may grow.
  bool is_full() const { return limit_ != 0 && bytes() >= limit_ - limit_ / 16; }
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(bytes_.load(std::memory_order_relaxed)); }

 private:
  const std::uint64_t limit_;
  std::atomic<std::int64_t> bytes_{0};
};

}  // namespace obs
