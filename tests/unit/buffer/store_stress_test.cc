// Everything at once, for ThreadSanitizer: two writers on two nodes, the live view, the sweep and readers.
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "buffer/store.h"
#include "fmt/format.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr int kMinRounds = 300;
constexpr std::uint64_t kMinChanges = 100;
constexpr int kSeries = 20;

// Time passes quickly: series expire, come back and are forgotten while all goes on.
class FastClock : public Clock {
 public:
  std::int64_t NowNanos() const override { return 1'750'000'000 * kNanosPerSecond + MonotonicNanos(); }
  std::int64_t MonotonicNanos() const override { return ticks_.fetch_add(1) * kNanosPerMilli; }

 private:
  mutable std::atomic<std::int64_t> ticks_{0};
};

// Writes until the live view has seen something of it, too.
void Write(Store& store, const Clock& clock, const std::string& instance,
           const std::atomic<std::uint64_t>& changes) {
  for (int round = 0; round < kMinRounds || changes < kMinChanges; ++round) {
    const auto node = store.GetOrCreateNode("stress", instance);
    NodeWriter writer(*node, clock.NowNanos());
    for (int i = 0; i < kSeries; ++i) {
      const auto kind = static_cast<MetricKind>(1 + i % 3);
      Refusal refusal;
      // Some names come only now and then.
      const std::string name = fmt::format("m{}", i % 5 == 0 ? i + round % 7 * 100 : i);
      const SeriesPtr series = writer.Resolve(name, kind, {{"i", std::to_string(i)}}, nullptr, &refusal);
      ASSERT_NE(series, nullptr);
      const std::int64_t now_ns = clock.NowNanos();
      switch (kind) {
        case MetricKind::kGauge: writer.SetGauge(*series, now_ns, round); break;
        case MetricKind::kCounter: writer.SetTotal(*series, now_ns, round, 1); break;
        case MetricKind::kHistogram: writer.Observe(*series, now_ns, 1 + round % 10); break;
      }
    }
  }
}

TEST(StoreStressTest, WritersReadersSweepAndFeedAgree) {
  const FastClock clock;
  StoreOptions options;
  options.series_ttl_ns = kNanosPerSecond;
  options.history_ns = 2 * kNanosPerSecond;
  options.fine_history_ns = kNanosPerSecond;
  options.window_ns = kNanosPerSecond / 2;
  Store store(options, clock);
  std::atomic<std::uint64_t> changes = 0;
  std::atomic<int> running = 2;
  std::vector<std::thread> threads;
  for (const char* instance : {"one", "two"}) {
    threads.emplace_back([&, instance] {
      Write(store, clock, instance, changes);
      --running;
    });
  }
  threads.emplace_back([&] {
    while (running > 0) store.Sweep();
  });
  threads.emplace_back([&] {
    while (running > 0) {
      store.ForEachSeries(true, [&](const SeriesPtr& series) {
        SeriesState state;
        store.ReadState(*series, &state);
        store.ReadHistory(*series, 0, INT64_MAX, 0, [](const HistoryPoint&) {});
        Distribution distribution;
        store.ReadDistribution(*series, &distribution);
      });
      for (const auto& family : store.Families()) {
        RingReader(family->ring()).ReadBatch(100);
        for (const SeriesPtr& series : family->Series()) EXPECT_EQ(series->identity().name, family->name());
      }
      store.Stats();
    }
  });
  while (running > 0) {
    for (const SeriesPtr& series : store.TakeCreated()) store.SetWatched(series, true);
    for (const SeriesPtr& series : store.TakeExpired()) store.SetWatched(series, false);
    store.DrainChanges([&](const SeriesPtr& series, const SeriesState& state) {
      EXPECT_GT(state.version, 0u) << series->identity().name;
      ++changes;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(store.Stats().series_created, static_cast<std::uint64_t>(2 * kSeries));
}

}  // namespace
}  // namespace obs
