#include "buffer/histogram_reader.h"

#include <cstddef>

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
    : history_(series.history()), current_(series.current()), layout_(EmptyLike(series.total())) {
  totals_.count = CountOf(series.total());
  totals_.sum = SumOf(series.total());
}

void HistogramReader::ForEach(const HistoryTiers& tiers, std::int64_t since_us, std::int64_t until_us,
                              std::int64_t step_us, const Fn& fn) const {
  std::vector<DistributionRecord> records;
  history_.ForEach([&](const DistributionRecord& record) { records.push_back(record); });
  if (!current_.empty()) records.push_back(current_);

  std::size_t first = 0;  // record that may still be in the window
  HistogramState state;
  state.count = history_.forgotten_count();
  state.sum = history_.forgotten_sum();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& slots = records[i].slots;
    for (std::size_t j = 0; j < slots.size(); ++j) {
      const std::int64_t time_us = slots[j].timestamp_us;
      state.count += slots[j].count;
      state.sum += slots[j].sum;
      if (time_us <= since_us || time_us > until_us) continue;
      const bool is_last = j + 1 == slots.size() && i + 1 == records.size();
      const std::int64_t next_us = is_last                ? until_us + 1
                                   : j + 1 < slots.size() ? slots[j + 1].timestamp_us
                                                          : records[i + 1].oldest_us();
      const bool is_followed = next_us <= until_us && step_us > 0 && next_us / step_us == time_us / step_us;
      if (is_followed) continue;
      while (records[first].newest_us() <= time_us - tiers.window_us) ++first;
      DescribeAt(records, first, i, time_us - tiers.window_us, time_us, layout_, &state);
      if (is_last) {  // the exact totals, where sums of history may be rounded
        state.count = totals_.count;
        state.sum = totals_.sum;
      }
      fn(time_us, state);
    }
  }
}

}  // namespace obs
