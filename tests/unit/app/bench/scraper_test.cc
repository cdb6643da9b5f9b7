#include "app/bench/scraper.h"

#include "base/clock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ReadPageTest, CountsTheSeriesThatALoadSent) {
  const ScrapeResult result = ReadPage(
      "# HELP bench_load_0000_percent x\n# TYPE bench_load_0000_percent gauge\n"
      "bench_load_0000_percent{core=\"1\"} 1\nbench_load_0000_percent{core=\"2\"} 2\nnode_load1 3\n");
  EXPECT_EQ(result.bench_series, 2u);
}

TEST(ReadPageTest, FindsWhatWritingThePageTook) {
  const ScrapeResult result = ReadPage("telemetry_scrape_duration_seconds 0.025\n");
  EXPECT_EQ(result.written_ns, 25 * kNanosPerMilli);
  EXPECT_EQ(result.bytes, 40u);
}

TEST(ReadPageTest, LastLineMayLackItsEnd) {
  EXPECT_EQ(ReadPage("bench_a 1\nbench_b 2").bench_series, 2u);
  EXPECT_EQ(ReadPage("").bench_series, 0u);
}

}  // namespace
}  // namespace obs
