#include "export/metric_families.h"

#include "prometheus/text_serializer.h"

namespace obs {

prometheus::ClientMetric& FamilyBuilder::Append(MetricLabels labels) {
  prometheus::ClientMetric& metric = family_.metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), std::string(value)});
  return metric;
}

FamilyBuilder& FamilyBuilder::Add(double value, MetricLabels labels) {
  prometheus::ClientMetric& metric = Append(labels);
  if (family_.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return *this;
}

FamilyBuilder& FamilyBuilder::AddSummary(prometheus::ClientMetric::Summary summary, MetricLabels labels) {
  Append(labels).summary = std::move(summary);
  return *this;
}

FamilyBuilder& FamilyBuilder::AddHistogram(prometheus::ClientMetric::Histogram histogram,
                                           MetricLabels labels) {
  Append(labels).histogram = std::move(histogram);
  return *this;
}

FamilyBuilder MetricFamilies::Append(std::string_view name, std::string_view help,
                                     prometheus::MetricType type) {
  prometheus::MetricFamily& family = families_.emplace_back();
  family.name = name;
  family.help = help;
  family.type = type;
  return FamilyBuilder(family);
}

FamilyBuilder MetricFamilies::Gauge(std::string_view name, std::string_view help) {
  return Append(name, help, prometheus::MetricType::Gauge);
}

FamilyBuilder MetricFamilies::Counter(std::string_view name, std::string_view help) {
  return Append(name, help, prometheus::MetricType::Counter);
}

FamilyBuilder MetricFamilies::Summary(std::string_view name, std::string_view help) {
  return Append(name, help, prometheus::MetricType::Summary);
}

FamilyBuilder MetricFamilies::Histogram(std::string_view name, std::string_view help) {
  return Append(name, help, prometheus::MetricType::Histogram);
}

std::string MetricFamilies::ToText() const {
  return prometheus::TextSerializer().Serialize(families_);
}

}  // namespace obs
