#include "export/name_claims.h"

#include <utility>
#include <vector>

#include "fmt/format.h"

namespace obs {

std::string NameClaims::Claim(const std::string& exposed, const std::string& name, MetricKind kind) {
  std::vector<std::string> names = {exposed};
  if (kind == MetricKind::kHistogram) {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"})
      names.push_back(exposed + std::string(suffix));
  }
  for (const std::string& wanted : names) {
    if (is_own_ && is_own_(wanted)) return fmt::format("{} is a metric of the aggregator itself", wanted);
    const auto owner = owners_.find(wanted);
    if (owner != owners_.end()) return fmt::format("{} is taken by the metric {}", wanted, owner->second);
  }
  for (std::string& claimed : names) owners_.emplace(std::move(claimed), name);
  return "";
}

}  // namespace obs
