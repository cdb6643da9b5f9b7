// Who may use which metric name on the page: each family claims its name, a histogram also NAME_bucket,
// NAME_sum and NAME_count, and the first claim wins.
//
// Thread safety: one thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "model/metric_kind.h"

namespace obs {

class NameClaims {
 public:
  // `is_own`: true for the names of the aggregator's own metrics, their suffixed ones included.
  explicit NameClaims(std::function<bool(std::string_view)> is_own) : is_own_(std::move(is_own)) {}

  // Claims `exposed`, and what follows from `kind`, for the metric sent as `name`. Returns "", or why not,
  // and then claims nothing.
  std::string Claim(const std::string& exposed, const std::string& name, MetricKind kind);

 private:
  std::function<bool(std::string_view)> is_own_;
  std::map<std::string, std::string, std::less<>> owners_;  // exposed name -> name as sent
};

}  // namespace obs
