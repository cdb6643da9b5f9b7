// The series that one producer sends: each has a number ("ref"), given out once and counted up from 0.
// Because refs are dense, a stream needs to remember only up to which ref it has announced.
//
// Thread safety: every method may be called from any thread.
// When full: FindOrAdd() refuses what is new. Series are never removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "model/label_set.h"
#include "model/metric_kind.h"

namespace obs {

// What a producer says about a series of its own; service and instance are the batch's.
struct SeriesSpec {
  std::string_view name;
  MetricKind kind = MetricKind::kGauge;
  const LabelSet& labels;
  bool shared_total = false;  // counters: see telemetry.proto
};

class SeriesCatalog {
 public:
  // Highest number of series that the wire format can hold.
  static constexpr std::size_t kMaxSeries = std::size_t{1} << 24;

  explicit SeriesCatalog(std::size_t max_series);

  // The series' ref, the same each time. Nullopt if it is new and the catalog is full. `spec` is valid
  // (model/series_rules.h).
  std::optional<std::uint32_t> FindOrAdd(const SeriesSpec& spec);

  // Adds series as AppendAnnouncements() once wrote them, with the same refs: of a producer's earlier life.
  // What is no announcement is passed over.
  void Restore(std::string_view announcements);

  std::size_t size() const;

  // Appends announcements of the series from `first` on, as fields of a TelemetryBatch: those below `limit`,
  // and no more than fit `max_bytes`, yet at least one. Returns the first that was left out.
  std::uint32_t AppendAnnouncements(std::uint32_t first, std::uint32_t limit, std::size_t max_bytes,
                                    std::string& out) const;

 private:
  const std::size_t max_series_;
  mutable Mutex mutex_;
  // Keys: a SeriesAnnouncement's encoded fields without the ref. They never move.
  std::unordered_map<std::string, std::uint32_t> refs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string_view> announcements_ ABSL_GUARDED_BY(mutex_);  // by ref: views of the keys
};

}  // namespace obs
