#include "app/live_table.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kNow = 1'700'000'000 * kSecond;

LiveSample Sample(const std::string& name, MetricKind kind, std::int64_t timestamp_us, double value,
                  const std::string& instance = "i") {
  LiveSample out{std::make_shared<const SeriesIdentity>(SeriesIdentity{name, kind, "s", instance, {}}),
                 timestamp_us,
                 false,
                 value,
                 {}};
  out.histogram.count = static_cast<std::uint64_t>(value);
  return out;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    out.push_back(text.substr(begin, end - begin));
  }
  return out;
}

TEST(LiveTableTest, OneLineASeriesSortedBySourceAndName) {
  LiveTable table;
  table.Update(Sample("b", MetricKind::kGauge, kNow, 1));
  table.Update(Sample("a_bytes", MetricKind::kGauge, kNow - kSecond, 2048));
  table.Update(Sample("c", MetricKind::kGauge, kNow, 3, "h"));
  EXPECT_EQ(table.Render("status", kNow, {.columns = 100, .rows = 0}),
            "status\n"
            "SOURCE  SERIES                       VALUE     RATE/S        P50        P99    AGE\n"
            "s/h     c                                3                                    0.0s\n"
            "s/i     a_bytes                    2.0 KiB                                    1.0s\n"
            "s/i     b                                1                                    0.0s\n");
}

TEST(LiveTableTest, RateOfACounterComesFromItsTotals) {
  LiveTable table;
  for (int i = 0; i <= 20; ++i) {
    table.Update(Sample("requests_total", MetricKind::kCounter, kNow + i * kSecond / 2, i * 50.0));
    table.Render("", kNow + i * kSecond / 2, {});
  }
  EXPECT_THAT(table.Render("", kNow + 10 * kSecond, {}), HasSubstr(" 100 "));
  // It stands still: the rate goes to zero within seconds.
  for (int i = 0; i < 10; ++i) table.Render("", kNow + (11 + i) * kSecond, {});
  EXPECT_THAT(Lines(table.Render("", kNow + 21 * kSecond, {}))[2], ::testing::ContainsRegex(" 1000 +0 "));
}

TEST(LiveTableTest, HistogramShowsCountAndQuantilesInItsUnit) {
  LiveTable table;
  LiveSample sample = Sample("latency_seconds", MetricKind::kHistogram, kNow, 1234);
  sample.histogram.window_count = 10;
  sample.histogram.p50 = 0.0125;
  sample.histogram.p99 = 1.5;
  table.Update(sample);
  const std::string line = Lines(table.Render("", kNow, {.columns = 120, .rows = 0}))[2];
  EXPECT_THAT(line, HasSubstr("1234 obs"));
  EXPECT_THAT(line, HasSubstr("12.5 ms"));
  EXPECT_THAT(line, HasSubstr("1.5 s"));
}

TEST(LiveTableTest, LinesAreNeverWiderNorMoreThanTheTerminal) {
  LiveTable table;
  for (int i = 0; i < 100; ++i) {
    table.Update(
        Sample("a_metric_with_quite_a_long_name_" + std::to_string(i), MetricKind::kCounter, kNow, i));
  }
  for (const std::size_t columns : {50, 80, 120, 200}) {
    for (const std::size_t rows : {5, 24}) {
      const auto lines = Lines(table.Render("status", kNow, {.columns = columns, .rows = rows}));
      EXPECT_EQ(lines.size(), rows);
      for (const std::string& line : lines) {
        const auto continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
        EXPECT_LE(
            line.size() - static_cast<std::size_t>(std::count_if(line.begin(), line.end(), continuation)),
            columns);
      }
      EXPECT_THAT(lines.back(), HasSubstr(" more"));
    }
  }
}

TEST(LiveTableTest, SeriesThatAreGoneLeave) {
  LiveTable table;
  table.Update(Sample("a", MetricKind::kGauge, kNow, 1));
  table.Remove({"a", MetricKind::kGauge, "s", "i", {}});
  EXPECT_EQ(table.size(), 0u);
}

TEST(LiveTableTest, OlderSamplesDoNotReplaceNewerOnes) {
  LiveTable table;
  table.Update(Sample("a", MetricKind::kGauge, kNow, 1));
  table.Update(Sample("a", MetricKind::kGauge, kNow - kSecond, 2));
  EXPECT_THAT(Lines(table.Render("", kNow, {}))[2], HasSubstr(" 1 "));
}

TEST(LiveTableTest, WithoutColorThereIsNoEscape) {
  LiveTable table;
  table.Update(Sample("a\x1b", MetricKind::kGauge, kNow - 60 * kSecond, 1));
  EXPECT_THAT(table.Render("", kNow, {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(table.Render("", kNow, {.color = true}), HasSubstr("\x1b[2m"));
}

}  // namespace
}  // namespace obs
