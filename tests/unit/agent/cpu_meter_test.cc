#include "agent/cpu_meter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/agent/list_sink.h"

namespace obs {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> Read(CpuMeter& meter, std::string_view text) {
  ListSink sink;
  meter.Read(text, sink);
  return sink.lines();
}

TEST(CpuMeterTest, FirstReadingHasTimesAndNoPercentage) {
  CpuMeter meter;
  const auto lines = Read(meter, "cpu  9 9 9 9\ncpu0 150 0 50 1000 7 0 3 0 0 0\nintr 5\n");
  EXPECT_THAT(lines, SizeIs(10));
  EXPECT_THAT(lines, Contains("total node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 1.5"));
  EXPECT_THAT(lines, Each(Not(HasSubstr("cpu_percent"))));
}

TEST(CpuMeterTest, PercentageIsTheBusyShareSinceTheReadingBefore) {
  CpuMeter meter;
  Read(meter, "cpu0 100 0 100 1000 100 0 0 0 0 0\n");
  // 100 ticks later: 20 busy, 70 idle, 10 waiting for a disk.
  const auto lines = Read(meter, "cpu0 115 0 105 1070 110 0 0 0 0 0\n");
  EXPECT_THAT(lines, Contains("gauge cpu_percent{core=\"0\"} 20"));
}

TEST(CpuMeterTest, GuestTimeIsNotCountedTwice) {
  CpuMeter meter;
  Read(meter, "cpu0 100 0 0 100 0 0 0 0 50 0\n");
  EXPECT_THAT(Read(meter, "cpu0 150 0 0 150 0 0 0 0 100 0\n"), Contains("gauge cpu_percent{core=\"0\"} 50"));
}

TEST(CpuMeterTest, TotalNeverFallsWhenTheKernelsDoes) {
  CpuMeter meter;
  Read(meter, "cpu0 100 0 100 1000 100 0 0 0 0 0\n");
  const auto lines = Read(meter, "cpu0 100 0 100 999 90 0 0 0 0 0\n");
  EXPECT_THAT(lines, Contains("total node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 10"));
  EXPECT_THAT(lines, Contains("total node_cpu_seconds_total{cpu=\"0\",mode=\"iowait\"} 1"));
  EXPECT_THAT(lines, Each(Not(HasSubstr("cpu_percent"))));
}

TEST(CpuMeterTest, CoreThatWasUnpluggedBeginsAnew) {
  CpuMeter meter;
  Read(meter, "cpu0 100 0 100 1000 100 0 0 0 0 0\n");
  EXPECT_THAT(Read(meter, "cpu0 3 0 1 5 0 0 0 0 0 0\n"),
              Contains("total node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 0.05"));
  EXPECT_THAT(Read(meter, "cpu0 8 0 1 10 0 0 0 0 0 0\n"), Contains("gauge cpu_percent{core=\"0\"} 50"));
}

}  // namespace
}  // namespace obs
