// Recording from several threads: nothing is lost, whoever ends when. Meant for ThreadSanitizer too.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/recorder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"
#include "support/recorded.h"

namespace obs {
namespace {

using ::testing::IsEmpty;
using testing::Recorded;

constexpr int kThreads = 4;
constexpr int kRounds = 20'000;

class RecorderThreadsTest : public ::testing::Test {
 protected:
  // Collects and adds up what the histogram `name` sent.
  Recorded Collect(const std::string& name = "") {
    Recorded recorded = testing::Decode(catalog_, recorder_.Collect());
    if (const auto found = recorded.histograms.find(name); found != recorded.histograms.end()) {
      observed_ += found->second.count();
      sum_ += found->second.sum();
    }
    return recorded;
  }

  template <typename Fn>
  static void InThreads(int count, Fn fn) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&fn, i] { fn(i); });
    for (std::thread& thread : threads) thread.join();
  }

  SeriesCatalog catalog_{10'000};
  LossCounts losses_;
  FakeClock clock_;
  Recorder recorder_{catalog_, losses_, clock_};
  std::uint64_t observed_ = 0;
  double sum_ = 0;
};

TEST_F(RecorderThreadsTest, TotalsAreExactWhileOthersRecordAndCollect) {
  const Counter counter = recorder_.GetCounter("c", {});
  const Counter fractions = recorder_.GetCounter("f", {});
  const Gauge gauge = recorder_.GetGauge("g", {});
  const Histogram histogram = recorder_.GetHistogram("h", {});
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 1; round <= kRounds; ++round) {
        counter.Add(1);
        fractions.Add(0.5);
        gauge.Add(1);
        histogram.Record(round);
        recorder_.GetCounter("by_name", {{"k", "v"}}).Add(1);
      }
      --running;
    });
  }
  double last_total = 0;
  double in_gauge = 0;
  double by_name = 0;
  const auto collect = [&] {
    const Recorded recorded = Collect("h");
    const auto total = recorded.values.find("c");
    if (total != recorded.values.end()) {
      EXPECT_GE(total->second, last_total);
      last_total = total->second;
    }
    if (recorded.values.contains("g")) in_gauge = recorded.values.at("g");
    if (recorded.values.contains("by_name{k=v}")) by_name = recorded.values.at("by_name{k=v}");
    return recorded.values.contains("f") ? recorded.values.at("f") : -1;
  };
  double in_fractions = 0;
  while (running != 0) {
    const double newest = collect();
    if (newest >= 0) in_fractions = newest;
  }
  for (std::thread& thread : threads) thread.join();
  const double newest = collect();
  if (newest >= 0) in_fractions = newest;

  EXPECT_EQ(last_total, kThreads * kRounds);
  EXPECT_EQ(in_fractions, kThreads * kRounds / 2);
  EXPECT_EQ(in_gauge, kThreads * kRounds);
  EXPECT_EQ(by_name, kThreads * kRounds);
  EXPECT_EQ(observed_, static_cast<std::uint64_t>(kThreads * kRounds));
  EXPECT_EQ(sum_, kThreads * (kRounds * (kRounds + 1.0) / 2));
  EXPECT_EQ(losses_.Total(), 0u);
}

TEST_F(RecorderThreadsTest, WhatAThreadRecordedOutlivesIt) {
  for (int generation = 1; generation <= 3; ++generation) {
    InThreads(kThreads, [&](int i) {
      recorder_.GetCounter("c", {}).Add(1);
      recorder_.GetHistogram("h", {}).Record(i);
      recorder_.GetHistogram("h", {}).Record(-1e300);
    });
    const Recorded recorded = Collect("h");
    EXPECT_EQ(recorded.values.at("c"), generation * kThreads);
    EXPECT_EQ(observed_, static_cast<std::uint64_t>(generation * kThreads * 2));
    EXPECT_EQ(recorded.histograms.at("h").zero_count(), 1u);
    EXPECT_EQ(recorded.histograms.at("h").min(), -1e300);
    EXPECT_EQ(recorded.histograms.at("h").max(), kThreads - 1);
  }
  EXPECT_THAT(recorder_.Collect(), IsEmpty());
}

TEST_F(RecorderThreadsTest, ThreadsThatEndBetweenCollectionsAreCountedOnce) {
  const Counter counter = recorder_.GetCounter("c", {});
  counter.Add(1);
  std::thread([&] { counter.Add(10); }).join();
  EXPECT_EQ(Collect().values.at("c"), 11);
  std::thread([&] { counter.Add(100); }).join();
  counter.Add(1000);
  EXPECT_EQ(Collect().values.at("c"), 1111);
}

// Records when its thread ends, after the thread's cells are gone.
struct RecordsAtTheEnd {
  ~RecordsAtTheEnd() {
    if (recorder == nullptr) return;
    recorder->GetCounter("late", {}).Add(1);
    recorder->GetHistogram("late_h", {}).Record(5);
  }
  Recorder* recorder = nullptr;
};

TEST_F(RecorderThreadsTest, LateDestructorsOfAThreadStillRecord) {
  InThreads(kThreads, [&](int) {
    // Made first, so destroyed after what recording makes.
    thread_local RecordsAtTheEnd late;
    late.recorder = &recorder_;
    recorder_.GetCounter("late", {}).Add(1);
  });
  EXPECT_EQ(Collect("late_h").values.at("late"), 2 * kThreads);
  EXPECT_EQ(observed_, static_cast<std::uint64_t>(kThreads));
}

TEST_F(RecorderThreadsTest, ThreadsMeetOnTheSameNewSeries) {
  InThreads(kThreads, [&](int) {
    for (int i = 0; i < 500; ++i) recorder_.GetCounter("c" + std::to_string(i), {}).Add(1);
  });
  const Recorded recorded = Collect();
  EXPECT_EQ(recorded.values.size(), 500u);
  for (const auto& [name, value] : recorded.values) EXPECT_EQ(value, kThreads) << name;
}

TEST_F(RecorderThreadsTest, RecordersComeAndGoWhileThreadsRecordOnOthers) {
  std::atomic<bool> done{false};
  std::thread recording([&] {
    const Counter counter = recorder_.GetCounter("c", {});
    for (int i = 0; i < kRounds; ++i) counter.Add(1);
    done = true;
  });
  while (!done) {
    SeriesCatalog catalog(10);
    Recorder other(catalog, losses_, clock_);
    other.GetCounter("c", {}).Add(5);
    EXPECT_EQ(testing::Decode(catalog, other.Collect()).values.at("c"), 5);
  }
  recording.join();
  EXPECT_EQ(Collect().values.at("c"), kRounds);
}

}  // namespace
}  // namespace obs
