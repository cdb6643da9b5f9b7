#include "app/bench/event_latencies.h"

namespace obs {

void EventLatencies::Begin(const OpenLoop& schedule, std::uint64_t first) {
  schedule_ = schedule;
  begun_ = true;
  for (std::uint64_t i = 0; i < next_.size(); ++i) next_[(first + i) % next_.size()] = first + i;
}

void EventLatencies::See(std::uint64_t event, std::int64_t now_nanos) {
  if (!begun_) return;
  for (std::uint64_t& next = next_[event % next_.size()]; next <= event; next += next_.size()) {
    latencies_.Record(now_nanos - schedule_.DueNanos(next));
    ++seen_;
    if (next != event) ++overtaken_;
  }
}

}  // namespace obs
