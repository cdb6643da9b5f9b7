// A MetricSink that keeps what it was given, as lines such as `total
// node_cpu_seconds_total{cpu="0",mode="idle"} 12.5`.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "agent/metric_sink.h"
#include "fmt/format.h"

namespace obs {

class ListSink : public MetricSink {
 public:
  void Gauge(std::string_view name, double value, Labels labels) override {
    Add("gauge", name, value, labels);
  }
  void Total(std::string_view name, double total, Labels labels) override {
    Add("total", name, total, labels);
  }
  void Count(std::string_view name, double by, Labels labels) override { Add("count", name, by, labels); }
  void Observe(std::string_view name, double value, Labels labels) override {
    Add("observe", name, value, labels);
  }

  const std::vector<std::string>& lines() const { return lines_; }

  std::string SortedText() const {
    std::vector<std::string> sorted = lines_;
    std::sort(sorted.begin(), sorted.end());
    return fmt::format("{}\n", fmt::join(sorted, "\n"));
  }

 private:
  void Add(std::string_view kind, std::string_view name, double value, Labels labels) {
    std::string text;
    labels.ForEach([&](Label label) {
      text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", label.name, label.value);
    });
    lines_.push_back(fmt::format("{} {}{} {}", kind, name, text.empty() ? "" : "{" + text + "}", value));
  }

  std::vector<std::string> lines_;
};

}  // namespace obs
