#include "ingest/series_cache.h"

#include <algorithm>
#include <utility>

#include "wire/proto_writer.h"

namespace obs {
namespace {

constexpr std::size_t kLookAhead = 4;  // entries

constexpr std::size_t TextBytes(std::string_view text) {
  return kMaxVarintBytes + text.size();
}

// Its length goes first, so that no two series make the same key.
char* WriteText(std::string_view text, char* out) {
  out = WriteVarint(out, text.size());
  return std::copy(text.begin(), text.end(), out);
}

}  // namespace

std::string_view SeriesCache::MakeKey(std::string_view name, MetricKind kind,
                                      std::span<const LabelView> labels) {
  std::size_t most = 1 + TextBytes(name);
  for (const LabelView& label : labels) most += TextBytes(label.name) + TextBytes(label.value);
  if (buffer_.size() < most) buffer_.resize(2 * most);
  char* out = buffer_.data();
  *out++ = static_cast<char>(kind);
  out = WriteText(name, out);
  for (const LabelView& label : labels) {
    out = WriteText(label.name, out);
    out = WriteText(label.value, out);
  }
  return {buffer_.data(), static_cast<std::size_t>(out - buffer_.data())};
}

Series* SeriesCache::Find(std::string_view key) {
  if (guess_ >= entries_.size()) guess_ = 0;
  if (entries_.empty()) return nullptr;
  if (entries_[guess_].key != key) {
    const auto found = index_.find(absl::string_view(key.data(), key.size()));
    if (found == index_.end()) return nullptr;
    guess_ = found->second;
  }
  if (guess_ + kLookAhead < entries_.size()) {
    const Entry& later = entries_[guess_ + kLookAhead];
    __builtin_prefetch(later.key.data());
    __builtin_prefetch(later.key.data() + 64);
    later.series->Prefetch();
  }
  Series* const series = entries_[guess_++].series.get();
  return series->retired() ? nullptr : series;
}

void SeriesCache::Insert(std::string_view key, SeriesPtr series) {
  const auto known = index_.find(absl::string_view(key.data(), key.size()));
  if (known != index_.end()) {  // retired since
    entries_[known->second].series = std::move(series);
    return;
  }
  if (entries_.size() >= next_sweep_) LetGoOfRetired();
  if (entries_.size() >= kMaxEntries || key_bytes_ + key.size() > kMaxKeyBytes) Clear();
  Entry& entry = entries_.emplace_back(Entry{std::string(key), std::move(series)});
  index_.emplace(entry.key, static_cast<std::uint32_t>(entries_.size() - 1));
  key_bytes_ += key.size();
  guess_ = entries_.size();
}

void SeriesCache::Clear() {
  index_.clear();
  entries_.clear();
  key_bytes_ = 0;
}

void SeriesCache::LetGoOfRetired() {
  std::deque<Entry> old;
  old.swap(entries_);
  Clear();
  for (Entry& kept : old) {
    if (kept.series->retired()) continue;
    Entry& entry = entries_.emplace_back(std::move(kept));
    index_.emplace(entry.key, static_cast<std::uint32_t>(entries_.size() - 1));
    key_bytes_ += entry.key.size();
  }
  next_sweep_ = std::max<std::size_t>(1024, 2 * entries_.size());
}

}  // namespace obs
