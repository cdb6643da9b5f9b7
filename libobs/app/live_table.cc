#include "app/live_table.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "app/terminal_text.h"
#include "app/value_text.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kRateSpanUs = 2 * kMicrosPerSecond;  // rates are over one to two of these
constexpr std::int64_t kStaleUs = 15 * kMicrosPerSecond;

constexpr std::size_t kValueColumns = 12;
constexpr std::size_t kRateColumns = 9;
constexpr std::size_t kQuantileColumns = 9;
constexpr std::size_t kAgeColumns = 5;
constexpr std::size_t kMinSeriesColumns = 20;
constexpr std::size_t kMaxSourceColumns = 32;
constexpr std::size_t kGap = 2;  // between columns

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

// Which columns there is room for, and how wide the first two are.
struct Layout {
  std::size_t source = 0;
  std::size_t series = 0;
  bool quantiles = true;
  bool rate = true;
};

Layout LayOut(std::size_t columns, std::size_t widest_source, std::size_t widest_series) {
  Layout out;
  std::size_t fixed = kValueColumns + kGap + kAgeColumns + kGap;
  const auto fits = [&](std::size_t more) { return fixed + more + kMinSeriesColumns <= columns; };
  out.rate = fits(kRateColumns + kGap);
  if (out.rate) fixed += kRateColumns + kGap;
  out.quantiles = fits(2 * (kQuantileColumns + kGap));
  if (out.quantiles) fixed += 2 * (kQuantileColumns + kGap);
  const std::size_t source = std::min(widest_source, kMaxSourceColumns);
  if (fits(source + kGap + kMinSeriesColumns / 2)) {
    out.source = source;
    fixed += source + kGap;
  }
  const std::size_t left = columns > fixed ? columns - fixed : kMinSeriesColumns;
  out.series = std::min(std::max(widest_series, kMinSeriesColumns), std::max(left, kMinSeriesColumns));
  return out;
}

std::string Line(const Layout& layout, const std::string& source, const std::string& series,
                 const std::string& value, const std::string& rate, const std::string& p50,
                 const std::string& p99, const std::string& age) {
  const std::string gap(kGap, ' ');
  std::string out;
  if (layout.source > 0) out += FitLeft(source, layout.source) + gap;
  out += FitMiddle(series, layout.series) + gap;
  out += FitRight(value, kValueColumns) + gap;
  if (layout.rate) out += FitRight(rate, kRateColumns) + gap;
  if (layout.quantiles) out += FitRight(p50, kQuantileColumns) + gap + FitRight(p99, kQuantileColumns) + gap;
  return out + FitRight(age, kAgeColumns);
}

std::string Styled(std::string_view style, const std::string& line, bool color) {
  return color ? fmt::format("{}{}{}\n", style, line, kPlain) : line + "\n";
}

}  // namespace

bool LiveTable::BySeries::operator()(const std::shared_ptr<const SeriesIdentity>& a,
                                     const std::shared_ptr<const SeriesIdentity>& b) const {
  const auto key = [](const SeriesIdentity& id) {
    return std::tie(id.service, id.instance, id.name, id.kind);
  };
  if (key(*a) != key(*b)) return key(*a) < key(*b);
  return std::lexicographical_compare(a->labels.begin(), a->labels.end(), b->labels.begin(), b->labels.end());
}

void LiveTable::Update(const LiveSample& sample) {
  const auto [found, added] = rows_.try_emplace(sample.series);
  Row& row = found->second;
  // History may come behind what is live.
  if (!added && sample.timestamp_us < row.newest.timestamp_us) return;
  row.newest = sample;
  if (added) row.older = row.newer = {sample.timestamp_us, TotalOf(sample)};
}

void LiveTable::Remove(const SeriesIdentity& series) {
  rows_.erase(std::make_shared<const SeriesIdentity>(series));
}

double LiveTable::TotalOf(const LiveSample& sample) {
  return sample.series->kind == MetricKind::kHistogram ? static_cast<double>(sample.histogram.count)
                                                       : sample.value;
}

std::string LiveTable::RateText(Row& row, std::int64_t now_us) {
  const double total = TotalOf(row.newest);
  if (total < row.newer.total) row.older = row.newer = {now_us, total};
  const std::int64_t span_us = now_us - row.older.time_us;
  std::string text;
  if (span_us >= kMicrosPerSecond / 4) {
    const double rate = (total - row.older.total) / (static_cast<double>(span_us) / kMicrosPerSecond);
    // Observations are counted, whatever the unit of what is observed.
    const bool is_histogram = row.newest.series->kind == MetricKind::kHistogram;
    text = is_histogram ? NumberText(rate) : ValueText(row.newest.series->name, rate);
  }
  if (now_us - row.newer.time_us >= kRateSpanUs) {
    row.older = row.newer;
    row.newer = {now_us, total};
  }
  return text;
}

LiveTable::Cells LiveTable::CellsOf(Row& row, std::int64_t now_us) {
  const LiveSample& sample = row.newest;
  const SeriesIdentity& series = *sample.series;
  Cells out;
  out.source = SourceText(series);
  out.series = SeriesText(series);
  if (series.kind != MetricKind::kGauge) out.rate = RateText(row, now_us);
  if (series.kind == MetricKind::kHistogram) {
    out.value = NumberText(static_cast<double>(sample.histogram.count)) + " obs";
    if (sample.histogram.window_count > 0) {
      out.p50 = ValueText(series.name, sample.histogram.p50);
      out.p99 = ValueText(series.name, sample.histogram.p99);
    }
  } else {
    out.value = ValueText(series.name, sample.value);
  }
  const std::int64_t age_us = now_us - sample.timestamp_us;
  out.age = AgeText(age_us);
  out.stale = age_us >= kStaleUs;
  return out;
}

std::string LiveTable::Render(std::string_view status, std::int64_t now_us, const Look& look) {
  constexpr std::size_t kLinesAround = 3;  // status, headings, and how many did not fit
  std::vector<Cells> cells;
  cells.reserve(rows_.size());
  std::size_t widest_source = 6, widest_series = 6;
  for (auto& [series, row] : rows_) {
    cells.push_back(CellsOf(row, now_us));
    widest_source = std::max(widest_source, DisplayWidth(cells.back().source));
    widest_series = std::max(widest_series, DisplayWidth(cells.back().series));
  }
  const Layout layout = LayOut(look.columns, widest_source, widest_series);
  const bool all_fit = look.rows == 0 || cells.size() + kLinesAround - 1 <= look.rows;
  const std::size_t room = look.rows > kLinesAround ? look.rows - kLinesAround : 1;
  const std::size_t shown = all_fit ? cells.size() : std::min(cells.size(), room);

  std::string out = FitLeft(status, std::min(look.columns, DisplayWidth(status))) + "\n";
  out += Styled(kBold, Line(layout, "SOURCE", "SERIES", "VALUE", "RATE/S", "P50", "P99", "AGE"), look.color);
  for (std::size_t i = 0; i < shown; ++i) {
    const Cells& c = cells[i];
    const std::string line = Line(layout, c.source, c.series, c.value, c.rate, c.p50, c.p99, c.age);
    out += c.stale ? Styled(kDim, line, look.color) : line + "\n";
  }
  if (!all_fit) {
    const std::string more =
        fmt::format("… and {} more: a selector, such as 'cpu*', narrows it down", cells.size() - shown);
    out += FitLeft(more, std::min(look.columns, DisplayWidth(more))) + "\n";
  }
  return out;
}

}  // namespace obs
