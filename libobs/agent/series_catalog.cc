#include "agent/series_catalog.h"

#include <algorithm>

#include "wire/proto_reader.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

// Fields of TelemetryBatch and SeriesAnnouncement in telemetry.proto.
constexpr std::uint32_t kBatchSeries = 9;
constexpr std::uint32_t kRef = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kKind = 3;
constexpr std::uint32_t kLabels = 4;
constexpr std::uint32_t kSharedTotal = 5;

// Refs are dense, but for those given out as memory ran out.
constexpr std::uint64_t kMaxGap = 1000;

std::string Encode(const SeriesSpec& spec) {
  std::string out;
  AppendBytesField(out, kName, spec.name);
  AppendVarintField(out, kKind, static_cast<std::uint8_t>(spec.kind));
  for (const LabelPair& label : spec.labels)
    AppendMapField(out, kLabels, label.name, std::string_view(label.value));
  if (spec.shared_total) AppendVarintField(out, kSharedTotal, 1);
  return out;
}

}  // namespace

SeriesCatalog::SeriesCatalog(std::size_t max_series) : max_series_(std::min(max_series, kMaxSeries)) {}

std::optional<std::uint32_t> SeriesCatalog::FindOrAdd(const SeriesSpec& spec) {
  std::string key = Encode(spec);
  MutexLock lock(mutex_);
  if (const auto found = refs_.find(key); found != refs_.end()) return found->second;
  if (announcements_.size() >= max_series_) return std::nullopt;
  const auto ref = static_cast<std::uint32_t>(announcements_.size());
  // In this order, memory that runs out leaves a ref without a series, never one ref for two.
  announcements_.emplace_back();
  announcements_.back() = refs_.emplace(std::move(key), ref).first->first;
  return ref;
}

void SeriesCatalog::Restore(std::string_view announcements) {
  MutexLock lock(mutex_);
  ProtoReader batch(announcements);
  while (batch.Next()) {
    std::string_view announcement;
    std::uint64_t ref = 0;
    if (batch.tag() != FieldTag(kBatchSeries, WireType::kBytes)) {
      batch.Skip();
      continue;
    }
    if (!batch.ReadBytes(&announcement)) return;
    ProtoReader fields(announcement);
    if (!fields.Next() || fields.tag() != FieldTag(kRef, WireType::kVarint) || !fields.ReadVarint(&ref))
      continue;
    if (ref >= max_series_ || ref > announcements_.size() + kMaxGap) continue;
    if (announcements_.size() <= ref) announcements_.resize(ref + 1);
    const std::string_view rest(fields.position(), announcement.data() + announcement.size());
    announcements_[ref] = refs_.emplace(rest, ref).first->first;
  }
}

std::size_t SeriesCatalog::size() const {
  MutexLock lock(mutex_);
  return announcements_.size();
}

std::uint32_t SeriesCatalog::AppendAnnouncements(std::uint32_t first, std::uint32_t limit,
                                                 std::size_t max_bytes, std::string& out) const {
  MutexLock lock(mutex_);
  const std::size_t start = out.size();
  std::uint32_t ref = first;
  for (; ref < limit; ++ref) {
    const std::string_view rest = announcements_[ref];
    if (rest.empty()) continue;
    const std::size_t size = 1 + VarintBytes(ref) + rest.size();
    if (ref != first && out.size() - start + size + 1 + VarintBytes(size) > max_bytes) break;
    AppendTag(out, kBatchSeries, WireType::kBytes);
    AppendVarint(out, size);
    AppendVarintField(out, kRef, ref);
    out.append(rest);
  }
  return ref;
}

}  // namespace obs
