// A publisher with a catalogue and a count of losses, for a FakeAggregator.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/publisher.h"
#include "gtest/gtest.h"
#include "support/fake_aggregator.h"

namespace obs {

inline constexpr auto kLong = std::chrono::seconds(20);

class PublisherTest : public ::testing::Test {
 protected:
  static PublisherOptions OptionsFor(const std::string& address) {
    PublisherOptions options;
    options.service = "shop";
    options.instance = "shop-1";
    options.target.address = address;
    options.target.connect_timeout_nanos = 5 * kNanosPerSecond;
    options.random = [] { return 0.0; };  // no delay but what is asked for
    return options;
  }

  std::unique_ptr<Publisher> MakePublisher(PublisherOptions options) {
    return std::make_unique<Publisher>(std::move(options), catalog_, losses_, Clock::System());
  }
  std::unique_ptr<Publisher> StartPublisher(PublisherOptions options) {
    auto publisher = MakePublisher(std::move(options));
    EXPECT_EQ(publisher->Start(), absl::OkStatus());
    return publisher;
  }

  std::uint32_t Ref(std::string_view name) {
    return catalog_.FindOrAdd({name, MetricKind::kGauge, LabelSet{{"zone", "b"}}}).value();
  }

  // A batch of `samples` values of one gauge: `value`, and how many follow.
  EncodedBatch Batch(double value, int samples = 1, std::string_view name = "queue_depth") {
    BatchWriter writer;
    for (int i = 0; i < samples; ++i) writer.Add(Ref(name), 1'750'000'000'000'000'000, value);
    return writer.Take();
  }

  SeriesCatalog catalog_{1'000'000};
  LossCounts losses_;
};

inline std::vector<double> FirstValues(const std::vector<testing::FakeAggregator::Received>& batches) {
  std::vector<double> values;
  for (const auto& one : batches) values.push_back(one.batch.columns(0).values(0));
  return values;
}

}  // namespace obs
