#include "agent/series_catalog.h"

#include <algorithm>

#include "wire/announcement.h"
#include "wire/proto_reader.h"

namespace obs {
namespace {

// Fields of TelemetryBatch and SeriesAnnouncement in telemetry.proto.
constexpr std::uint32_t kBatchSeries = 9;
constexpr std::uint32_t kRef = 1;

// Refs are dense, but for those given out as memory ran out.
constexpr std::uint64_t kMaxGap = 1000;

}  // namespace

SeriesCatalog::SeriesCatalog(std::size_t max_series) : max_series_(std::min(max_series, kMaxSeries)) {}

std::optional<std::uint32_t> SeriesCatalog::FindOrAdd(const SeriesSpec& spec) {
  std::string key = EncodeAnnounced(spec.name, spec.kind, spec.labels, spec.shared_total);
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
    if (ref != first && out.size() - start + AnnouncementBytes(ref, rest) > max_bytes) break;
    AppendAnnouncement(out, ref, rest);
  }
  return ref;
}

}  // namespace obs
