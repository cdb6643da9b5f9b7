#include <ctime>
#include <utility>
#include <vector>

#include "app/check/report.h"
#include "app/terminal_text.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

// XML 1.0 knows no escape for most control characters; Printable() leaves none.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// As JUnit's schema wants it, in UTC: "2024-02-29T12:00:00".
std::string TimeStamp(std::int64_t unix_ns) {
  const std::time_t seconds = unix_ns / kNanosPerSecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string TestCase(const CheckResult& result) {
  std::string out = fmt::format(R"(    <testcase classname="obs-check" name="{}" time="{:.3f}")",
                                Escaped(result.name), result.seconds);
  const std::string measured = Escaped(result.measured);
  switch (result.status) {
    case CheckStatus::kOk:
      return out + fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>", measured);
    case CheckStatus::kSkip:
      return out + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>", measured);
    case CheckStatus::kWarn:
      return out +
             fmt::format(">\n      <system-out>warning: {}\nto mend it: {}</system-out>\n    </testcase>",
                         measured, Escaped(result.mend));
    case CheckStatus::kFail:
      return out + fmt::format(
                       ">\n      <failure message=\"{0}\" type=\"check\">{0}\nto mend it: {1}</failure>\n"
                       "    </testcase>",
                       measured, Escaped(result.mend));
  }
  return out;
}

class JunitReport final : public CheckReport {
 public:
  explicit JunitReport(CheckReportStyle style) : style_(std::move(style)) {}

  std::string Begin(std::size_t) override { return ""; }

  std::string Add(const CheckResult& result) override {
    cases_ += TestCase(result) + "\n";
    return "";
  }

  std::string End(const CheckSummary& summary) override {
    const std::string counts = fmt::format(
        R"(name="obs-check" tests="{}" failures="{}" errors="0" skipped="{}" time="{:.3f}")",
        summary.ok + summary.skip + summary.warn + summary.fail, summary.fail, summary.skip, summary.seconds);
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites {0}>\n"
        "  <testsuite {0} timestamp=\"{1}\" hostname=\"{2}\">\n"
        "{3}"
        "  </testsuite>\n"
        "</testsuites>",
        counts, TimeStamp(style_.now_ns), Escaped(style_.host), cases_);
  }

 private:
  const CheckReportStyle style_;
  std::string cases_;
};

}  // namespace

std::unique_ptr<CheckReport> MakeJunitReport(CheckReportStyle style) {
  return std::make_unique<JunitReport>(std::move(style));
}

}  // namespace obs
