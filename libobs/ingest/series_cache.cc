#include "ingest/series_cache.h"

#include <algorithm>
#include <utility>

#include "wire/proto_writer.h"

namespace obs {
namespace {

// Lengths go first, so that no two series make the same key.
void AppendText(std::string_view text, std::string* key) {
  AppendVarint(*key, text.size());
  key->append(text);
}

}  // namespace

void SeriesCache::MakeKey(std::string_view name, MetricKind kind, std::span<const LabelView> labels,
                          std::string* key) {
  key->clear();
  key->push_back(static_cast<char>(kind));
  AppendText(name, key);
  for (const LabelView& label : labels) {
    AppendText(label.name, key);
    AppendText(label.value, key);
  }
}

void SeriesCache::Insert(std::string_view key, SeriesPtr series) {
  if (entries_.size() >= next_sweep_) LetGoOfRetired();
  if (entries_.size() >= kMaxEntries || key_bytes_ + key.size() > kMaxKeyBytes) Clear();
  const auto [entry, is_new] = entries_.insert_or_assign(std::string(key), std::move(series));
  if (is_new) key_bytes_ += key.size();
}

void SeriesCache::Clear() {
  entries_.clear();
  key_bytes_ = 0;
  next_sweep_ = 1024;
}

void SeriesCache::LetGoOfRetired() {
  absl::erase_if(entries_, [this](const auto& entry) {
    if (!entry.second->retired()) return false;
    key_bytes_ -= entry.first.size();
    return true;
  });
  next_sweep_ = std::max<std::size_t>(1024, 2 * entries_.size());
}

}  // namespace obs
