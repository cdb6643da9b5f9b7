#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "app/check/checks.h"
#include "app/value_text.h"
#include "fmt/format.h"

namespace obs {
namespace {

// Agents of ours say something at least every 10 s.
constexpr std::int64_t kSilentMs = 15'000;
constexpr std::size_t kMaxNodesNamed = 8;

// SERVICE, or SERVICE/INSTANCE.
bool IsMeant(const HeardNode& node, std::string_view expected) {
  return node.service == expected || fmt::format("{}/{}", node.service, node.instance) == expected;
}

std::string NamesOf(const std::vector<HeardNode>& nodes) {
  std::string text;
  for (std::size_t i = 0; i < std::min(nodes.size(), kMaxNodesNamed); ++i) {
    text += fmt::format("{}{}/{}", i == 0 ? "" : ", ", nodes[i].service, nodes[i].instance);
  }
  if (nodes.size() > kMaxNodesNamed) text += fmt::format(" and {} more", nodes.size() - kMaxNodesNamed);
  return text;
}

// What is expected and not there, with when it last was.
std::vector<std::string> Missing(const std::vector<std::string>& expected,
                                 const std::vector<HeardNode>& nodes) {
  std::vector<std::string> out;
  for (const std::string& name : expected) {
    const HeardNode* newest = nullptr;
    for (const HeardNode& node : nodes) {
      if (IsMeant(node, name) && (newest == nullptr || node.is_live || node.age_ms < newest->age_ms)) {
        newest = newest != nullptr && newest->is_live ? newest : &node;
      }
    }
    if (newest == nullptr) {
      out.push_back(name + " (never heard of)");
    } else if (!newest->is_live) {
      out.push_back(fmt::format("{} (silent for {})", name, AgeText(newest->age_ms * 1000)));
    }
  }
  return out;
}

void NoteClock(const ServerStatus::Producer& producer, HeardNode& node) {
  if (!producer.clock_offset_ms) return;
  const double seconds = *producer.clock_offset_ms / 1e3;
  if (std::abs(seconds) >= std::abs(node.clock_offset_seconds.value_or(0)))
    node.clock_offset_seconds = seconds;
}

}  // namespace

std::vector<HeardNode> NodesOf(const ServerStatus& status) {
  std::map<std::pair<std::string, std::string>, HeardNode> nodes;
  for (const ServerStatus::Producer& producer : status.producers) {
    if (producer.service.empty() || producer.service == kProbeService) continue;
    const std::int64_t age_ms = std::max<std::int64_t>(0, status.time_ms - producer.last_seen_ms);
    HeardNode& node = nodes
                          .try_emplace({producer.service, producer.instance},
                                       HeardNode{producer.service, producer.instance, false, age_ms})
                          .first->second;
    node.age_ms = std::min(node.age_ms, age_ms);
    // A simple client may open a stream for each batch.
    const bool is_live = (producer.connected || !producer.reports) && age_ms <= kSilentMs;
    node.is_live |= is_live;
    if (is_live) NoteClock(producer, node);
  }
  std::vector<HeardNode> out;
  for (auto& [key, node] : nodes) out.push_back(std::move(node));
  return out;
}

CheckResult CheckNodes(CheckContext& context) {
  const auto status = context.ReadStatus();
  if (!status.ok()) return Failure(WordsOf(status.status()), "see the health check");
  const CheckOptions& options = context.options();
  const std::vector<HeardNode> nodes = NodesOf(*status);
  std::vector<HeardNode> live;
  std::ranges::copy_if(nodes, std::back_inserter(live), &HeardNode::is_live);
  const std::vector<std::string> missing = Missing(options.expect_nodes, nodes);

  CheckResult result;
  result.measured = fmt::format("{} live{}{}", live.size(), live.empty() ? "" : ": ", NamesOf(live));
  const bool counts = options.expect_nodes.empty();
  result.measures = {{"nodes", static_cast<double>(live.size()), "", "",
                      counts ? fmt::format("{}:", options.min_nodes) : ""}};
  if (counts && live.size() < options.min_nodes) {
    result.status = CheckStatus::kFail;
    result.measured += fmt::format("; expected at least {}", options.min_nodes);
    result.mend =
        fmt::format("start obs-agent --aggregator {} on each node, and see what it says", context.grpc());
  } else if (!missing.empty()) {
    result.status = CheckStatus::kFail;
    result.measured = fmt::format("missing: {}; {}", fmt::join(missing, ", "), result.measured);
    result.mend = fmt::format("see on that node what its agent says; it has to send to {}", context.grpc());
  }
  return result;
}

}  // namespace obs
