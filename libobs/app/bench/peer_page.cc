#include "app/bench/peer_page.h"

#include <map>
#include <string>

#include "base/clock.h"
#include "prometheus/text_serializer.h"

namespace obs {

PeerPage::PeerPage(std::uint64_t series, std::uint64_t series_per_metric) {
  entries_.reserve(series);
  prometheus::Family<prometheus::Gauge>* gauges = nullptr;
  prometheus::Family<prometheus::Counter>* counters = nullptr;
  for (std::uint64_t i = 0; i < series; ++i) {
    const BenchSeries one(i, series_per_metric);
    if (one.place == 0) {
      if (one.kind() == MetricKind::kCounter) {
        counters = &prometheus::BuildCounter().Name(one.Name()).Register(registry_);
      } else {
        gauges = &prometheus::BuildGauge().Name(one.Name()).Register(registry_);
      }
    }
    std::map<std::string, std::string> labels{{"service", std::string(kBenchService)},
                                              {"instance", "localhost-0"}};
    for (const auto& [name, value] : one.Labels()) labels.emplace(name, value);
    Entry entry{BenchShapeOf(one)};
    if (one.kind() == MetricKind::kCounter) {
      entry.counter = &counters->Add(labels);
    } else {
      entry.gauge = &gauges->Add(labels);
    }
    entries_.push_back(entry);
  }
  Advance();
}

void PeerPage::Advance() {
  const BenchMoment moment(round_++);
  for (Entry& entry : entries_) {
    if (entry.counter != nullptr) {
      entry.counter->Increment(entry.shape.growth);
    } else {
      entry.gauge->Set(moment.ValueOf(entry.shape));
    }
  }
}

PeerPage::Written PeerPage::Write() const {
  const Clock& clock = Clock::System();
  const std::int64_t start_ns = clock.MonotonicNanos();
  const std::string page = prometheus::TextSerializer().Serialize(registry_.Collect());
  return {clock.MonotonicNanos() - start_ns, page.size()};
}

}  // namespace obs
