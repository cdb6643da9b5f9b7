#include <algorithm>
#include <map>
#include <utility>

#include "app/check/checks.h"
#include "fmt/format.h"

namespace obs {
namespace {

// How often it is looked at: what is under way by then has arrived, or something else is under way.
constexpr int kLooks = 6;
constexpr std::int64_t kLookIntervalNs = 150 * kNanosPerMilli;

using NodeKey = std::pair<std::string, std::string>;

// Nodes whose difference was the same at every look, and not 0.
using Differences = std::map<NodeKey, std::int64_t>;

Differences DifferencesOf(const ServerStatus& status) {
  Differences out;
  for (const ServerStatus::Account& account : status.accounts) {
    if (account.difference != 0) out[{account.service, account.instance}] = account.difference;
  }
  return out;
}

void KeepWhatStayed(Differences& differences, const Differences& now) {
  std::erase_if(differences, [&](const auto& entry) {
    const auto found = now.find(entry.first);
    return found == now.end() || found->second != entry.second;
  });
}

std::string TextOf(const Differences& differences) {
  std::string text;
  for (const auto& [node, difference] : differences) {
    text += fmt::format("{}{} of {}/{}", text.empty() ? "" : ", ", difference, node.first, node.second);
  }
  return text;
}

CheckResult Judge(const ServerStatus& status, const Differences& unaccounted) {
  const ServerStatus::Account& total = status.total;
  CheckResult result;
  result.measured = fmt::format("{} sent = {} accepted + {} duplicate + {} rejected + {} dropped", total.sent,
                                total.accepted, total.duplicate, total.rejected, total.dropped);
  if (total.difference != 0) result.measured += fmt::format(" + {} under way", total.difference);
  result.measures = {{"sent", static_cast<double>(total.sent), "c"},
                     {"accepted", static_cast<double>(total.accepted), "c"},
                     {"rejected", static_cast<double>(total.rejected), "c"},
                     {"dropped", static_cast<double>(total.dropped), "c"}};
  if (!unaccounted.empty()) {
    result.status = CheckStatus::kFail;
    result.measured = fmt::format("unaccounted for: {}; {}", TextOf(unaccounted), result.measured);
    result.mend = "see /api/v1/status for the producer, and report it: no sample may vanish uncounted";
  } else if (!total.losses.empty()) {
    std::vector<std::string> losses;
    for (const auto& [reason, count] : total.losses) losses.push_back(fmt::format("{} {}", count, reason));
    result.status = CheckStatus::kWarn;
    result.measured += fmt::format(" ({})", fmt::join(losses, ", "));
    result.mend = "see /api/v1/status for whose they were";
  }
  return result;
}

}  // namespace

CheckResult CheckLedger(CheckContext& context) {
  auto status = context.ReadStatus();
  if (!status.ok()) return Failure(WordsOf(status.status()), "see the health check");
  Differences unaccounted = DifferencesOf(*status);
  for (int look = 1; look < kLooks && !unaccounted.empty() && !context.Interrupted(); ++look) {
    context.Sleep(kLookIntervalNs);
    status = context.ReadStatus();
    if (!status.ok()) return Failure(WordsOf(status.status()), "see the health check");
    KeepWhatStayed(unaccounted, DifferencesOf(*status));
  }
  return Judge(*status, unaccounted);
}

}  // namespace obs
