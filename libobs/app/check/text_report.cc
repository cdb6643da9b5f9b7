#include <utility>

#include "app/check/report.h"
#include "app/terminal_text.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::size_t kNameColumns = 12;

std::string_view ColorOf(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk: return "\x1B[32m";
    case CheckStatus::kSkip: return "\x1B[2m";
    case CheckStatus::kWarn: return "\x1B[33m";
    case CheckStatus::kFail: return "\x1B[31m";
  }
  return "";
}

class TextReport final : public CheckReport {
 public:
  explicit TextReport(CheckReportStyle style) : style_(std::move(style)) {}

  std::string Begin(std::size_t) override { return ""; }

  std::string Add(const CheckResult& result) override {
    if (result.status == CheckStatus::kSkip && !style_.skipped_too) return "";
    if (result.status == CheckStatus::kOk && style_.problems_only) return "";
    const std::string status = fmt::format("{:<4}", CheckStatusName(result.status));
    std::string line = style_.color ? fmt::format("{}{}\x1B[0m", ColorOf(result.status), status) : status;
    line += fmt::format("  {:<{}}  {}", Printable(result.name), kNameColumns, Printable(result.measured));
    if (!result.mend.empty()) line += fmt::format("\n      to mend it: {}", Printable(result.mend));
    return line;
  }

  std::string End(const CheckSummary&) override { return ""; }

 private:
  const CheckReportStyle style_;
};

}  // namespace

std::unique_ptr<CheckReport> MakeTextReport(CheckReportStyle style) {
  return std::make_unique<TextReport>(std::move(style));
}

}  // namespace obs
