#include <cmath>
#include <vector>

#include "app/check/report.h"
#include "app/terminal_text.h"
#include "fmt/format.h"

namespace obs {
namespace {

// "|" would begin the performance data.
std::string Escaped(std::string_view text) {
  std::string out = Printable(text);
  for (char& c : out) {
    if (c == '|') c = '/';
  }
  return out;
}

std::string_view StateName(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk:
    case CheckStatus::kSkip: return "OK";
    case CheckStatus::kWarn: return "WARNING";
    case CheckStatus::kFail: return "CRITICAL";
  }
  return "UNKNOWN";
}

// A label in quotes: it may hold neither "=" nor "'" bare.
std::string Label(std::string_view check, std::string_view measure) {
  std::string out = "'";
  for (const char c : fmt::format("{} {}", Escaped(check), Escaped(measure))) {
    if (c == '=') {
      out += '-';
    } else {
      out += c;
      if (c == '\'') out += c;
    }
  }
  return out + "'";
}

// 'label'=value[unit];[warn];[crit]: a decimal without exponent; "U" for what could not be measured.
std::string PerformanceData(std::string_view check, const CheckMeasure& measure) {
  std::string out = Label(check, measure.name) + "=";
  out += std::isfinite(measure.value) ? fmt::format("{:.6f}{}", measure.value, measure.unit) : "U";
  if (!measure.warn.empty() || !measure.fail.empty()) out += ";" + measure.warn;
  if (!measure.fail.empty()) out += ";" + measure.fail;
  return out;
}

// The first line says it all, and is what pages people; then a line a check. All performance data stand
// behind the first line's "|".
class NagiosReport final : public CheckReport {
 public:
  std::string Begin(std::size_t) override { return ""; }

  std::string Add(const CheckResult& result) override {
    const std::string measured = Escaped(result.measured);
    if (result.status == CheckStatus::kFail || result.status == CheckStatus::kWarn) {
      (result.status == CheckStatus::kFail ? failed_ : warned_)
          .push_back(fmt::format("{}: {}", Escaped(result.name), measured));
    }
    if (result.status != CheckStatus::kSkip) {
      lines_ += fmt::format("\n{} {}: {}", StateName(result.status), Escaped(result.name), measured);
      if (!result.mend.empty()) lines_ += fmt::format("; to mend it: {}", Escaped(result.mend));
    }
    for (const CheckMeasure& measure : result.measures)
      data_ += fmt::format(" {}", PerformanceData(result.name, measure));
    return "";
  }

  std::string End(const CheckSummary& summary) override {
    failed_.insert(failed_.end(), warned_.begin(), warned_.end());
    const std::string problems = failed_.empty() ? "" : fmt::format("; {}", fmt::join(failed_, "; "));
    const bool unknown = NagiosExitCode(summary) == kNagiosUnknown;
    std::string out = fmt::format("OBS {} - {}{}", unknown ? "UNKNOWN" : StateName(summary.Worst()),
                                  summary.Text(), problems);
    if (!data_.empty()) out += " |" + data_;
    return out + lines_;
  }

 private:
  std::vector<std::string> failed_, warned_;
  std::string lines_;
  std::string data_;
};

}  // namespace

std::unique_ptr<CheckReport> MakeNagiosReport() {
  return std::make_unique<NagiosReport>();
}

int NagiosExitCode(const CheckSummary& summary) {
  if (summary.fail > 0) return 2;
  if (summary.warn > 0) return 1;
  return summary.ok > 0 ? 0 : kNagiosUnknown;
}

}  // namespace obs
