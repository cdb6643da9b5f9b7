#include "export/quarantine.h"

namespace obs {

void Quarantine::Add(const std::string& name, std::string reason, std::size_t series) {
  series_ += series;
  const std::pair key(name, std::move(reason));
  if (listed_.size() < kMaxListed || listed_.contains(key)) listed_[key] += series;
}

std::vector<QuarantinedMetric> Quarantine::List() const {
  std::vector<QuarantinedMetric> list;
  for (const auto& [key, series] : listed_) list.push_back({key.first, key.second, series});
  return list;
}

}  // namespace obs
