#include "app/check/report.h"
#include "app/terminal_text.h"
#include "base/json_text.h"
#include "fmt/format.h"

namespace obs {
namespace {

// "#" would begin a directive.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : Printable(text)) {
    if (c == '\\' || c == '#') out += '\\';
    out += c;
  }
  return out;
}

// A string of JSON is one of YAML.
void AppendEntry(std::string& out, std::string_view key, std::string_view value) {
  out += fmt::format("\n  {}: ", key);
  AppendJsonString(out, value);
}

// TAP version 14. A warning is a test point that is ok, since nothing else in TAP is neither.
class TapReport final : public CheckReport {
 public:
  std::string Begin(std::size_t checks) override {
    return fmt::format("TAP version 14\n1..{}{}", checks, checks == 0 ? " # SKIP nothing to check" : "");
  }

  std::string Add(const CheckResult& result) override {
    const bool failed = result.status == CheckStatus::kFail;
    std::string out = fmt::format("{}ok {} - {}", failed ? "not " : "", ++number_, Escaped(result.name));
    if (result.status == CheckStatus::kSkip) return out + " # SKIP " + Escaped(result.measured);
    out += "\n  ---";
    AppendEntry(out, "status", CheckStatusName(result.status));
    AppendEntry(out, "measured", result.measured);
    if (!result.mend.empty()) AppendEntry(out, "mend", result.mend);
    for (const CheckMeasure& measure : result.measures) {
      out += "\n  ";
      AppendJsonString(out, measure.unit == "s" ? measure.name + "_seconds" : measure.name);
      out += ": ";
      AppendJsonNumber(out, measure.value);
    }
    out += fmt::format("\n  duration_ms: {:.3f}\n  ...", result.seconds * 1e3);
    return out;
  }

  std::string End(const CheckSummary&) override { return ""; }

 private:
  std::size_t number_ = 0;
};

}  // namespace

std::unique_ptr<CheckReport> MakeTapReport() {
  return std::make_unique<TapReport>();
}

}  // namespace obs
