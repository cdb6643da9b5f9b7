// The sink that records into an Agent.
#pragma once

#include "agent/metric_sink.h"
#include "obs/agent.h"

namespace obs {

class AgentSink : public MetricSink {
 public:
  // `agent` outlives the sink.
  explicit AgentSink(Agent& agent) : agent_(agent) {}

  void Gauge(std::string_view name, double value, Labels labels) override {
    agent_.RecordGauge(name, value, labels);
  }
  void Total(std::string_view name, double total, Labels labels) override {
    agent_.shared_total(name, labels).Set(total);
  }
  void Count(std::string_view name, double increment, Labels labels) override {
    agent_.RecordCounter(name, increment, labels);
  }
  void Observe(std::string_view name, double value, Labels labels) override {
    agent_.RecordHistogram(name, value, labels);
  }

 private:
  Agent& agent_;
};

}  // namespace obs
