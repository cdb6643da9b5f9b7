#include <algorithm>
#include <cmath>

#include "app/check/checks.h"
#include "fmt/format.h"

namespace obs {
namespace {

// Samples come this late at most where nothing is wrong; more is a clock that is behind, or a slow line.
constexpr double kUsualDelaySeconds = 0.5;
// Above so many times --max-skew, nothing of that node lies where it belongs.
constexpr double kFarOff = 60;

// How far a clock must be off to explain `offset`; above zero it is ahead.
double SkewOf(double offset) {
  return offset > 0 ? offset : std::min(0.0, offset + kUsualDelaySeconds);
}

}  // namespace

CheckResult JudgeClocks(const std::vector<HeardNode>& nodes, double max_skew_seconds) {
  CheckResult result;
  double worst = 0;
  std::size_t told = 0;
  std::vector<std::string> off;
  for (const HeardNode& node : nodes) {
    if (!node.clock_offset_seconds) continue;
    ++told;
    const double offset = *node.clock_offset_seconds;
    const double skew = SkewOf(offset);
    worst = std::max(worst, std::abs(skew));
    if (std::abs(skew) > max_skew_seconds) {
      off.push_back(fmt::format("{}/{} is {:.1f} s {}", node.service, node.instance, std::abs(offset),
                                offset > 0 ? "ahead" : "behind"));
    }
    result.measures.push_back({fmt::format("{}/{} skew", node.service, node.instance), skew, "s",
                               fmt::format("-{0}:{0}", max_skew_seconds),
                               fmt::format("-{0}:{0}", kFarOff * max_skew_seconds)});
  }
  if (!off.empty()) {
    result.status = worst > kFarOff * max_skew_seconds ? CheckStatus::kFail : CheckStatus::kWarn;
    result.measured = fmt::format("{}", fmt::join(off, ", "));
    result.mend = "let NTP set that node's clock, and the aggregator's";
    return result;
  }
  result.measured = fmt::format("{} clock{} at most {:.1f} s off the aggregator's", told,
                                told == 1 ? "" : "s", max_skew_seconds);
  if (told < nodes.size()) {
    result.measured += fmt::format("; {} sent no times to tell by", nodes.size() - told);
  }
  return result;
}

CheckResult CheckClocks(CheckContext& context) {
  const auto status = context.ReadStatus();
  if (!status.ok()) return Failure(WordsOf(status.status()), "see the health check");
  std::vector<HeardNode> nodes = NodesOf(*status);
  std::erase_if(nodes, [](const HeardNode& node) { return !node.is_live; });
  return JudgeClocks(nodes, static_cast<double>(context.options().max_skew_ns) / 1e9);
}

}  // namespace obs
