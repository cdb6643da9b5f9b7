// Builds the families of our own metrics, for prometheus-cpp's serializer.
//
// Thread safety: one thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "prometheus/client_metric.h"
#include "prometheus/metric_family.h"

namespace obs {

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// One family, to which metrics are added one by one.
class FamilyBuilder {
 public:
  explicit FamilyBuilder(prometheus::MetricFamily& family) : family_(family) {}

  // `value` becomes a gauge or a counter, as the family's type says.
  FamilyBuilder& Add(double value, MetricLabels labels = {});
  FamilyBuilder& AddSummary(prometheus::ClientMetric::Summary summary, MetricLabels labels = {});
  FamilyBuilder& AddHistogram(prometheus::ClientMetric::Histogram histogram, MetricLabels labels = {});

 private:
  prometheus::ClientMetric& Append(MetricLabels labels);

  prometheus::MetricFamily& family_;
};

class MetricFamilies {
 public:
  // `help` is one line without backslashes: prometheus-cpp does not escape it. Fill a family before the next.
  FamilyBuilder Gauge(std::string_view name, std::string_view help);
  FamilyBuilder Counter(std::string_view name, std::string_view help);
  FamilyBuilder Summary(std::string_view name, std::string_view help);
  FamilyBuilder Histogram(std::string_view name, std::string_view help);

  // The text exposition of all families.
  std::string ToText() const;

  const std::vector<prometheus::MetricFamily>& families() const { return families_; }

 private:
  FamilyBuilder Append(std::string_view name, std::string_view help, prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace obs
