// What makes one series different from every other.
//
// Thread safety: a value.
#pragma once

#include <string>
#include <utility>

#include "model/label_set.h"
#include "model/metric_kind.h"

namespace obs {

struct SeriesIdentity {
  std::string name;
  MetricKind kind = MetricKind::kGauge;
  std::string service;
  std::string instance;
  LabelSet labels;  // the series' own, without service and instance

  friend bool operator==(const SeriesIdentity&, const SeriesIdentity&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SeriesIdentity& id) {
    return H::combine(std::move(h), id.name, id.kind, id.service, id.instance, id.labels);
  }
};

}  // namespace obs
