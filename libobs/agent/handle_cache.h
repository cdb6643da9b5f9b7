// One thread's memory of names with labels it has recorded on, so that recording by name takes no lock.
//
// Thread safety: used by one thread only.
// When full: it forgets everything and starts over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "agent/loss.h"
#include "obs/cells.h"

namespace obs {

// What a handle holds, whatever its type.
struct CachedHandle {
  std::uint32_t cell = detail::kNoCell;     // counters and histograms
  detail::GaugeCell* gauge_cell = nullptr;  // gauges
  Loss loss = {};
};

class HandleCache {
 public:
  static constexpr std::size_t kMaxEntries = 8192;

  // Null if `key` is not there. Valid until the next Insert().
  const CachedHandle* Find(std::string_view key) const noexcept;

  // `key` is not there yet. May throw std::bad_alloc, and then holds what it held.
  void Insert(std::string_view key, const CachedHandle& handle);

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::string key;  // empty: a free place
    CachedHandle handle;
  };

  void Grow();

  std::vector<Entry> table_;  // a power of two in size, at most half full; collisions go to the next place
  std::size_t size_ = 0;
};

// A key for HandleCache: strings put together in a buffer on the stack, each with its length, so that
// different lists of strings give different keys.
class CacheKey {
 public:
  // Appends; what does not fit makes the key not ok().
  void Append(std::uint64_t number) noexcept {
    if (Room(sizeof number)) std::memcpy(Extend(sizeof number), &number, sizeof number);
  }
  void Append(std::string_view text) noexcept {
    const auto size = static_cast<std::uint32_t>(text.size());
    if (!Room(sizeof size + text.size())) return;
    std::memcpy(Extend(sizeof size), &size, sizeof size);
    Copy(Extend(text.size()), text.data(), text.size());
  }

  bool ok() const { return !overflown_; }
  std::string_view view() const { return {buffer_, size_}; }

 private:
  static constexpr std::size_t kCapacity = 1024;

  bool Room(std::size_t size) noexcept {
    overflown_ |= size > kCapacity - size_;
    return !overflown_;
  }
  char* Extend(std::size_t size) noexcept {
    char* const end = buffer_ + size_;
    size_ += size;
    return end;
  }
  // Most names and values are short, for which two overlapping copies of a fixed size beat a call of memcpy.
  static void Copy(char* to, const char* from, std::size_t size) noexcept {
    if (size >= 8 && size <= 16) {
      std::memcpy(to, from, 8);
      std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4 && size < 8) {
      std::memcpy(to, from, 4);
      std::memcpy(to + size - 4, from + size - 4, 4);
    } else if (size > 16) {
      std::memcpy(to, from, size);
    } else {
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
  }

  std::size_t size_ = 0;
  bool overflown_ = false;
  char buffer_[kCapacity];
};

}  // namespace obs
