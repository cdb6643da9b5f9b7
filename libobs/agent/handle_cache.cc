#include "agent/handle_cache.h"

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace obs {
namespace {

constexpr std::size_t kInitialPlaces = 64;

std::uint64_t HashOf(std::string_view key) {
  return absl::Hash<absl::string_view>()(absl::string_view(key.data(), key.size()));
}

}  // namespace

const CachedHandle* HandleCache::Find(std::string_view key) const noexcept {
  if (table_.empty()) return nullptr;
  const std::uint64_t hash = HashOf(key);
  for (std::size_t i = hash;; ++i) {
    const Entry& entry = table_[i & (table_.size() - 1)];
    if (entry.key.empty()) return nullptr;
    if (entry.hash == hash && entry.key == key) return &entry.handle;
  }
}

void HandleCache::Insert(std::string_view key, const CachedHandle& handle) {
  Entry entry{HashOf(key), std::string(key), handle};
  if (size_ == kMaxEntries) {
    for (Entry& old : table_) old = {};
    size_ = 0;
  }
  if (2 * (size_ + 1) > table_.size()) Grow();
  std::size_t i = entry.hash;
  while (!table_[i & (table_.size() - 1)].key.empty()) ++i;
  table_[i & (table_.size() - 1)] = std::move(entry);
  ++size_;
}

void HandleCache::Grow() {
  std::vector<Entry> bigger(table_.empty() ? kInitialPlaces : 2 * table_.size());
  for (Entry& entry : table_) {
    if (entry.key.empty()) continue;
    std::size_t i = entry.hash;
    while (!bigger[i & (bigger.size() - 1)].key.empty()) ++i;
    bigger[i & (bigger.size() - 1)] = std::move(entry);
  }
  table_ = std::move(bigger);
}

}  // namespace obs
