#include "app/check/report.h"

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kLeapDay = 1'709'208'000'000'000'000;  // 2024-02-29T12:00:00Z

const CheckResult kOk{
    .name = "frames",
    .measured = "59.9 frames a second",
    .measures = {{"frames_per_second", 59.9, "", "54:66", "1:"}, {"longest_pause", 0.017, "s"}},
    .seconds = 1.5};
const CheckResult kWarned{
    .name = "clocks", .status = CheckStatus::kWarn, .measured = "a/b is 2.0 s ahead", .mend = "set it"};
const CheckResult kFailed{.name = "p99(h{a=\"<#|'&\"}) < 5",
                          .status = CheckStatus::kFail,
                          .measured = "{a=\"<#|\"} 7",
                          .mend = "look & see"};
const CheckResult kSkipped{.name = "prometheus", .status = CheckStatus::kSkip, .measured = "not asked for"};

// All that is printed.
std::string Print(std::string_view format, const std::vector<CheckResult>& results,
                  CheckReportStyle style = {.now_ns = kLeapDay, .host = "h"}) {
  const auto report = MakeCheckReport(format, std::move(style));
  std::string out;
  const auto add = [&out](const std::string& text) {
    if (!text.empty()) out += text + "\n";
  };
  add(report->Begin(results.size()));
  CheckSummary summary{.seconds = 2.25};
  for (const CheckResult& result : results) {
    summary.Count(result.status);
    add(report->Add(result));
  }
  add(report->End(summary));
  return out;
}

TEST(TextReportTest, HasALineACheckAndHowToMendIt) {
  EXPECT_EQ(Print("text", {kOk, kSkipped, kWarned}),
            "ok    frames        59.9 frames a second\n"
            "warn  clocks        a/b is 2.0 s ahead\n"
            "      to mend it: set it\n");
}

TEST(TextReportTest, ShowsMoreOrLessIfAsked) {
  EXPECT_EQ(Print("text", {kOk, kSkipped}, {.skipped_too = true}),
            "ok    frames        59.9 frames a second\nskip  prometheus    not asked for\n");
  EXPECT_EQ(Print("text", {kOk, kSkipped}, {.problems_only = true}), "");
  EXPECT_THAT(Print("text", {kOk}, {.color = true}), HasSubstr("\x1B[32mok  \x1B[0m"));
}

TEST(TextReportTest, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_THAT(Print("text", {{.name = "a\x1B[2J", .measured = "b\nc"}}), HasSubstr(R"(a\x1b[2J      b\nc)"));
}

TEST(JsonReportTest, HasAnObjectACheckAndOneForAll) {
  const std::string out = Print("json", {kOk, kFailed, kSkipped});
  std::vector<nlohmann::json> lines;
  for (std::size_t begin = 0; begin < out.size();) {
    const std::size_t end = out.find('\n', begin);
    lines.push_back(nlohmann::json::parse(out.substr(begin, end - begin)));
    begin = end + 1;
  }
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0],
            (nlohmann::json{{"check", "frames"},
                            {"status", "ok"},
                            {"measured", "59.9 frames a second"},
                            {"values", {{"frames_per_second", 59.9}, {"longest_pause_seconds", 0.017}}},
                            {"seconds", 1.5}}));
  EXPECT_EQ(lines[1]["mend"], "look & see");
  EXPECT_EQ(lines[3],
            (nlohmann::json{
                {"result", "fail"}, {"ok", 1}, {"warn", 0}, {"fail", 1}, {"skip", 1}, {"seconds", 2.25}}));
}

TEST(TapReportTest, IsVersion14) {
  EXPECT_EQ(Print("tap", {kOk, kFailed, kSkipped, kWarned}),
            R"(TAP version 14
1..4
ok 1 - frames
  ---
  status: "ok"
  measured: "59.9 frames a second"
  "frames_per_second": 59.9
  "longest_pause_seconds": 0.017
  duration_ms: 1500.000
  ...
not ok 2 - p99(h{a="<\#|'&"}) < 5
  ---
  status: "fail"
  measured: "{a=\"<#|\"} 7"
  mend: "look & see"
  duration_ms: 0.000
  ...
ok 3 - prometheus # SKIP not asked for
ok 4 - clocks
  ---
  status: "warn"
  measured: "a/b is 2.0 s ahead"
  mend: "set it"
  duration_ms: 0.000
  ...
)");
}

TEST(JunitReportTest, EscapesAndCounts) {
  EXPECT_EQ(Print("junit", {kOk, kFailed, kSkipped}), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="obs-check" tests="3" failures="1" errors="0" skipped="1" time="2.250">
  <testsuite name="obs-check" tests="3" failures="1" errors="0" skipped="1" time="2.250" timestamp="2024-02-29T12:00:00" hostname="h">
    <testcase classname="obs-check" name="frames" time="1.500">
      <system-out>59.9 frames a second</system-out>
    </testcase>
    <testcase classname="obs-check" name="p99(h{a=&quot;&lt;#|'&amp;&quot;}) &lt; 5" time="0.000">
      <failure message="{a=&quot;&lt;#|&quot;} 7" type="check">{a=&quot;&lt;#|&quot;} 7
to mend it: look &amp; see</failure>
    </testcase>
    <testcase classname="obs-check" name="prometheus" time="0.000">
      <skipped message="not asked for"/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(NagiosReportTest, TheFirstLineSaysAllAndHasThePerformanceData) {
  EXPECT_EQ(
      Print("nagios", {kOk, kFailed, kWarned, kSkipped}),
      "OBS CRITICAL - 1 ok, 1 warned, 1 failed, 1 skipped; p99(h{a=\"<#/'&\"}) < 5: {a=\"<#/\"} 7; clocks: "
      "a/b is 2.0 s ahead | 'frames frames_per_second'=59.900000;54:66;1: 'frames "
      "longest_pause'=0.017000s\n"
      "OK frames: 59.9 frames a second\n"
      "CRITICAL p99(h{a=\"<#/'&\"}) < 5: {a=\"<#/\"} 7; to mend it: look & see\n"
      "WARNING clocks: a/b is 2.0 s ahead; to mend it: set it\n");
}

TEST(NagiosReportTest, LabelsHaveNoEqualsSignAndQuotesAreDoubled) {
  CheckResult result{.name = "a='b' < 5", .measured = "x", .measures = {{"value", NAN}}};
  EXPECT_THAT(Print("nagios", {result}), HasSubstr("| 'a-''b'' < 5 value'=U\n"));
}

TEST(NagiosReportTest, ExitCodesAreNagiossOwn) {
  EXPECT_EQ(NagiosExitCode({.ok = 1, .skip = 1}), 0);
  EXPECT_EQ(NagiosExitCode({.ok = 1, .warn = 1}), 1);
  EXPECT_EQ(NagiosExitCode({.ok = 1, .warn = 1, .fail = 1}), 2);
  EXPECT_EQ(NagiosExitCode({.skip = 1}), 3);
}

}  // namespace
}  // namespace obs
