#include "app/check/report.h"

#include <utility>

#include "base/host_name.h"
#include "fmt/format.h"

namespace obs {

std::string CheckSummary::Text() const {
  std::string text = fmt::format("{} ok", ok);
  if (warn > 0) text += fmt::format(", {} warned", warn);
  if (fail > 0) text += fmt::format(", {} failed", fail);
  if (skip > 0) text += fmt::format(", {} skipped", skip);
  return text;
}

std::unique_ptr<CheckReport> MakeCheckReport(std::string_view format, CheckReportStyle style) {
  if (style.host.empty()) style.host = HostName();
  if (format == "json") return MakeJsonReport();
  if (format == "tap") return MakeTapReport();
  if (format == "junit") return MakeJunitReport(std::move(style));
  if (format == "nagios") return MakeNagiosReport();
  return MakeTextReport(std::move(style));
}

}  // namespace obs
