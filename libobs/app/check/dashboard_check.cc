#include "app/check/checks.h"
#include "base/units.h"
#include "fmt/format.h"

namespace obs {
namespace {

// The page's script: what stands in the first src="..." below /assets/; "" if there is none.
std::string_view ScriptOf(std::string_view page) {
  constexpr std::string_view kBefore = "src=\"";
  for (std::size_t at = page.find(kBefore); at != std::string_view::npos; at = page.find(kBefore, at)) {
    at += kBefore.size();
    const std::string_view path = page.substr(at, page.find('"', at) - at);
    const std::size_t assets = path.find("assets/");
    if (assets <= 2) return path.substr(assets);  // "/assets/" or "./assets/"
  }
  return "";
}

}  // namespace

CheckResult CheckDashboard(CheckContext& context) {
  const std::string url = context.options().url + "/";
  const auto page = context.Get(url, false);
  if (!page.ok()) return Failure(WordsOf(page.status()), "see the health check");
  const std::string* type = page->Header("Content-Type");
  if (page->status != 200 || type == nullptr || !type->starts_with("text/html")) {
    return Failure(
        fmt::format("{} answered {}, of type {}", url, page->status, type == nullptr ? "none" : *type),
        "let a proxy in between pass / on to the aggregator");
  }
  CheckResult result;
  const std::string_view script = ScriptOf(page->body);
  if (script.empty()) {
    result.status = CheckStatus::kWarn;
    result.measured = "a plain page is served in place of the dashboard, which was not built in";
    result.mend = "build obs-aggregate with npm and node installed";
    return result;
  }
  const auto answer = context.Get(url + std::string(script), false);
  if (!answer.ok()) return Failure(WordsOf(answer.status()), "see the health check");
  if (answer->status != 200) {
    return Failure(fmt::format("the page is there, but its {} answered {}", script, answer->status),
                   "let a proxy in between pass /assets/ on to the aggregator");
  }
  const std::size_t bytes = page->body.size() + answer->body.size();
  result.measured = fmt::format("served, with a script of {}", FormatBytes(answer->body.size()));
  result.measures = {{"bytes", static_cast<double>(bytes), "B"}};
  return result;
}

}  // namespace obs
