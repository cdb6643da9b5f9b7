#include "buffer/histogram_reader.h"

#include <cstddef>
#include <cstdint>

#include "buffer/window_statistics.h"

namespace obs {
namespace {

// Describes the window (end_us - window_us, end_us], of records[first] and all that follow until `last`.
void DescribeAt(const std::vector<DistributionRecord>& records, std::size_t first, std::size_t last,
                std::int64_t begin_us, std::int64_t end_us, const Distribution& layout, HistogramState* out) {
  DistributionMerger merger;
  for (std::size_t i = first; i <= last; ++i) {
    const DistributionRecord& record = records[i];
    if (record.oldest_us() > begin_us && record.newest_us() <= end_us) {
      merger.Add(record);
      continue;
    }
    std::uint64_t part = 0;
    std::uint64_t whole = 0;
    for (const DistributionRecord::Slot& slot : record.slots) {
      whole += slot.count;
      if (slot.timestamp_us > begin_us && slot.timestamp_us <= end_us) part += slot.count;
    }
    if (part > 0) merger.AddShare(record, part, whole);
  }
  DescribeWindow(merger.Merge(layout), out);
}

}  // namespace

HistogramReader::HistogramReader(HistogramSeries& series)
    : history_(series.history()), current_(series.current()), layout_(series.layout()) {
  totals_.count = series.total_count();
  totals_.sum = series.total_sum();
  if (!current_.empty()) newest_us_ = current_.newest_us();
}

// What is read usually is a small part of the history: of the rest only the totals count.
std::vector<DistributionRecord> HistogramReader::RecordsBetween(std::int64_t after_us, std::int64_t until_us,
                                                                HistogramState* totals_before) const {
  std::vector<DistributionRecord> records;
  totals_before->count = history_.forgotten_count();
  totals_before->sum = history_.forgotten_sum();
  const auto add = [&](const DistributionRecord& record) {
    if (record.newest_us() > after_us) {
      if (record.oldest_us() <= until_us) records.push_back(record);
      return;
    }
    for (const DistributionRecord::Slot& slot : record.slots) {
      totals_before->count += slot.count;
      totals_before->sum += slot.sum;
    }
  };
  history_.ForEach(add);
  if (!current_.empty()) add(current_);
  return records;
}

void HistogramReader::ForEach(const HistoryTiers& tiers, std::int64_t since_us, std::int64_t until_us,
                              std::int64_t step_us, const Fn& fn) const {
  HistogramState state;
  const std::vector<DistributionRecord> records =
      RecordsBetween(since_us - tiers.window_us, until_us, &state);
  std::size_t first = 0;  // record that may still be in the window
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& slots = records[i].slots;
    for (std::size_t j = 0; j < slots.size(); ++j) {
      const std::int64_t time_us = slots[j].timestamp_us;
      state.count += slots[j].count;
      state.sum += slots[j].sum;
      if (time_us <= since_us || time_us > until_us) continue;
      std::int64_t next_us = INT64_MAX;
      if (j + 1 < slots.size()) {
        next_us = slots[j + 1].timestamp_us;
      } else if (i + 1 < records.size()) {
        next_us = records[i + 1].oldest_us();
      }
      if (step_us > 0 && next_us <= until_us && next_us / step_us == time_us / step_us) continue;
      while (records[first].newest_us() <= time_us - tiers.window_us) ++first;
      DescribeAt(records, first, i, time_us - tiers.window_us, time_us, layout_, &state);
      if (time_us == newest_us_) {  // the exact totals, where those of history may be rounded
        state.count = totals_.count;
        state.sum = totals_.sum;
      }
      fn(time_us, state);
    }
  }
}

}  // namespace obs
