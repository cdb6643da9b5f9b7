// Where collectors put what they read: the agent in production, a list in tests.
//
// Thread safety: that of the implementation; collectors call it from one thread. Views live for the call
// only.
#pragma once

#include <string_view>

#include "obs/labels.h"

namespace obs {

class MetricSink {
 public:
  virtual ~MetricSink() = default;

  // The value now.
  virtual void Gauge(std::string_view name, double value, Labels labels) = 0;

  // The running total of something that outlives this process, such as the kernel.
  virtual void Total(std::string_view name, double total, Labels labels) = 0;

  // Growth of a counter that this process keeps.
  virtual void Count(std::string_view name, double increment, Labels labels) = 0;

  // One observation of a histogram.
  virtual void Observe(std::string_view name, double value, Labels labels) = 0;
};

}  // namespace obs
