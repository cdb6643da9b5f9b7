#include "app/bench/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

BenchReport Example() {
  BenchReport report{.bench = "ingest"};
  report.figures.AddCount("samples", "samples", 12'345'678);
  report.figures.Add("samples_per_second", "throughput", 21'345'678.5, FigureUnit::kPerSecond);
  return report;
}

TEST(BenchReportTest, JsonHasTheNameOfTheBenchAndEveryFigure) {
  const json object = json::parse(Example().ToJson());
  EXPECT_EQ(object.at("bench"), "ingest");
  EXPECT_EQ(object.at("ok"), true);
  EXPECT_EQ(object.at("samples"), 12'345'678);
  EXPECT_EQ(object.at("samples_per_second"), 21'345'678.5);
  EXPECT_FALSE(object.contains("cases"));
  EXPECT_FALSE(object.contains("faults"));
}

TEST(BenchReportTest, FaultsAreInJsonAndMakeItNotOk) {
  BenchReport report = Example();
  report.Blame("1 sample lost");
  const json object = json::parse(report.ToJson());
  EXPECT_EQ(object.at("ok"), false);
  EXPECT_EQ(object.at("faults"), json::array({"1 sample lost"}));
}

TEST(BenchReportTest, JsonIsOneLineWithEachCase) {
  BenchReport report = Example();
  report.cases = {report.figures, report.figures};
  EXPECT_THAT(report.ToJson(), Not(HasSubstr("\n")));
  EXPECT_EQ(json::parse(report.ToJson()).at("cases").size(), 2u);
}

TEST(BenchReportTest, TextHasFiguresWithUnits) {
  EXPECT_THAT(Example().ToText(), HasSubstr("throughput      21.3 M/s\n"));
}

TEST(BenchReportTest, TextOfCasesIsATableUnderOneHeading) {
  BenchReport report = Example();
  report.cases = {report.figures, report.figures};
  EXPECT_EQ(report.ToText(),
            "ingest\n"
            "   samples  throughput\n"
            "  12345678    21.3 M/s\n"
            "  12345678    21.3 M/s\n");
}

TEST(BenchReportTest, FiguresThatNoCaseHasStandBelowTheTable) {
  BenchReport report = Example();
  report.cases = {report.figures};
  report.figures.Add("recovery_seconds", "recovery", 1.5, FigureUnit::kSeconds);
  EXPECT_EQ(report.ToText(),
            "ingest\n"
            "   samples  throughput\n"
            "  12345678    21.3 M/s\n"
            "  recovery        1.50 s\n");
}

TEST(BenchReportTest, LatencyHasItsQuantilesByName) {
  BenchReport report{.bench = "latency"};
  report.figures.AddLatency("latency", "latency", {10, 1, 2, 3, 4, 5});
  const json object = json::parse(report.ToJson());
  EXPECT_EQ(object.at("latency_p50_ms"), 1);
  EXPECT_EQ(object.at("latency_p90_ms"), 2);
  EXPECT_EQ(object.at("latency_p99_ms"), 3);
  EXPECT_EQ(object.at("latency_p999_ms"), 4);
  EXPECT_EQ(object.at("latency_max_ms"), 5);
}

TEST(BenchReportTest, FigureThatIsNotFiniteIsZero) {
  BenchReport report{.bench = "ingest"};
  report.figures.Add("ns_per_op", "time", 0.0 / 0.0, FigureUnit::kNanos);
  EXPECT_EQ(json::parse(report.ToJson()).at("ns_per_op"), 0);
}

TEST(FormatFigureTest, UnitsArePeoplesOwn) {
  const auto format = [](double value, FigureUnit unit) { return FormatFigure({"", "", value, unit}); };
  EXPECT_EQ(format(1.234, FigureUnit::kNanos), "1.23 ns");
  EXPECT_EQ(format(43.21, FigureUnit::kNanos), "43.2 ns");
  EXPECT_EQ(format(1234.5, FigureUnit::kMillis), "1234 ms");
  EXPECT_EQ(format(0.064, FigureUnit::kMillis), "0.064 ms");
  EXPECT_EQ(format(9'999, FigureUnit::kPerSecond), "9999 /s");
  EXPECT_EQ(format(63'669, FigureUnit::kPerSecond), "63.7 k/s");
  EXPECT_EQ(format(1'500'000, FigureUnit::kPerSecond), "1.50 M/s");
  EXPECT_EQ(format(1536, FigureUnit::kBytes), "1.5 KiB");
  EXPECT_EQ(format(0.951, FigureUnit::kRatio), "0.95");
  EXPECT_EQ(format(12'345'678, FigureUnit::kCount), "12345678");
}

}  // namespace
}  // namespace obs
