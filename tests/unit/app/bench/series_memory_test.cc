// What a series takes with a quarter of an hour of history, as malloc counts. The bounds are close to what is
// so now: who passes one has made every series larger, and is to know it.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "app/bench/host_values.h"
#include "buffer/store.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace obs {
namespace {

constexpr int kSeconds = 900;
constexpr std::int64_t kJitterNs = 700 * kNanosPerMicro;

std::size_t AllocatedBytes() {
#ifdef __GLIBC__
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

// False where a sanitizer, or another C library, has its own ways.
bool MallocCounts() {
  constexpr std::size_t kSome = 100'000;
  const std::size_t before = AllocatedBytes();
  const auto some = std::make_unique<std::vector<char>>(kSome, 'x');
  return AllocatedBytes() >= before + kSome && some->back() == 'x';
}

class SeriesMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!MallocCounts()) GTEST_SKIP() << "malloc does not count";
  }

  Series* Resolve(NodeWriter& writer, std::string_view name, MetricKind kind, std::uint64_t number) {
    const LabelSet labels{
        {"device", fmt::format("device-{}", number)}, {"job", "node"}, {"region", "eu-central-1"}};
    Refusal refusal;
    return writer.Resolve(name, kind, labels, nullptr, &refusal).get();
  }

  // Calls write(writer, timestamp) for each second, as collectors do: not quite on time.
  void EachSecond(const std::function<void(NodeWriter& writer, std::int64_t timestamp_ns)>& write) {
    for (int second = 0; second < kSeconds; ++second) {
      clock_.Advance(kNanosPerSecond);
      NodeWriter writer(*node_, clock_.NowNanos());
      write(writer, clock_.NowNanos() - second * 7919 * kNanosPerMicro % kJitterNs);
    }
  }

  FakeClock clock_;
  Store store_{{}, clock_};
  std::shared_ptr<Node> node_ = store_.GetOrCreateNode("bench", "some-host-18f2a3b4c5d6e7f8");
};

TEST_F(SeriesMemoryTest, AGaugeOrCounterOfAHostStaysSmall) {
  constexpr std::uint64_t kSeries = 1200;
  HostValues values(kSeries);
  std::vector<Series*> series(kSeries);
  const std::size_t before = AllocatedBytes();
  {
    NodeWriter writer(*node_, clock_.NowNanos());
    for (std::uint64_t i = 0; i < kSeries; ++i) {
      series[i] = Resolve(writer, HostValues::NameOf(i), HostValues::KindOf(i), i);
    }
  }
  EachSecond([&](NodeWriter& writer, std::int64_t timestamp_ns) {
    for (std::uint64_t i = 0; i < kSeries; ++i) {
      if (HostValues::KindOf(i) == MetricKind::kCounter) {
        writer.SetTotal(*series[i], timestamp_ns, values.Next(i), 1);
      } else {
        writer.SetGauge(*series[i], timestamp_ns, values.Next(i));
      }
    }
  });
  const std::size_t bytes = (AllocatedBytes() - before) / kSeries;
  EXPECT_LT(bytes, 3200u);
  EXPECT_GT(bytes, 1000u) << "is all of it there?";
  EXPECT_NEAR(static_cast<double>(store_.Stats().memory_bytes) / kSeries, bytes, 0.15 * bytes);
}

TEST_F(SeriesMemoryTest, AHistogramOfRequestsStaysSmall) {
  constexpr std::uint64_t kSeries = 200;
  HostValues values(0);
  std::vector<Series*> series(kSeries);
  {  // what is allocated once in a process
    Store other({}, clock_);
    const auto node = other.GetOrCreateNode("bench", "other");
    for (int second = 0; second < kSeconds; ++second) {
      clock_.Advance(kNanosPerSecond);
      NodeWriter writer(*node, clock_.NowNanos());
      Series* const one = Resolve(writer, "bench_request_duration_seconds", MetricKind::kHistogram, 0);
      writer.MergeDistribution(*one, clock_.NowNanos(), values.NextDurations());
    }
  }
  const std::size_t before = AllocatedBytes();
  {
    NodeWriter writer(*node_, clock_.NowNanos());
    for (std::uint64_t i = 0; i < kSeries; ++i) {
      series[i] = Resolve(writer, "bench_request_duration_seconds", MetricKind::kHistogram, i);
    }
  }
  EachSecond([&](NodeWriter& writer, std::int64_t timestamp_ns) {
    for (Series* one : series) writer.MergeDistribution(*one, timestamp_ns, values.NextDurations());
  });
  const std::size_t bytes = (AllocatedBytes() - before) / kSeries;
  EXPECT_LT(bytes, 15'000u);
  EXPECT_GT(bytes, 5000u) << "is all of it there?";
  EXPECT_NEAR(static_cast<double>(store_.Stats().memory_bytes) / kSeries, bytes, 0.15 * bytes);
}

}  // namespace
}  // namespace obs
