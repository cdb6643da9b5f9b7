// The broadcaster with a real store, a clock that stands still, and sinks that are busy when told to be.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "live/broadcaster.h"
#include "nlohmann/json.hpp"
#include "support/fake_clock.h"

namespace obs {

inline constexpr std::int64_t kTickNs = kNanosPerSecond / 60;

class FakeSink : public FrameSink {
 public:
  bool busy() const override { return busy_; }
  std::size_t Send(const LiveFrameHead& head, const FrameBodyPtr& body) override {
    EXPECT_FALSE(busy_);
    std::string frame;
    LiveCodec::For(body->format()).AppendHead(frame, head);
    frame += body->bytes();
    frames.push_back(frame);
    bodies.push_back(body.get());
    held = hold ? body : nullptr;
    busy_ = hold;
    return frame.size();
  }
  std::int64_t stuck_since_ns() const override { return stuck_since; }
  void DropForMemory() override {
    dropped = true;
    held.reset();
  }

  // From the next frame on, frames stay on their way.
  void Stop() { hold = true; }
  // The frame on its way is gone, and so are the next ones.
  void Go() {
    hold = busy_ = false;
    held.reset();
  }

  std::vector<std::string> frames;
  std::vector<const FrameBody*> bodies;
  FrameBodyPtr held;
  bool hold = false;
  bool dropped = false;
  std::int64_t stuck_since = 0;

 private:
  bool busy_ = false;
};

class BroadcasterTest : public ::testing::Test {
 protected:
  BroadcasterTest() : store_(Options(), clock_), broadcaster_(store_, clock_, 64 * 1024 * 1024) {}

  static StoreOptions Options() {
    StoreOptions options;
    options.series_ttl_ns = 10 * kNanosPerSecond;
    return options;
  }

  static Subscription Wanting(const std::string& selector, int rate_hz = 60,
                              const std::string& format = "json", const std::string& since = "0") {
    return *SubscriptionFromQuery(
        {{"match", selector}, {"rate", std::to_string(rate_hz)}, {"format", format}, {"since", since}});
  }

  void Gauge(const std::string& name, double value, const LabelSet& labels = {}) {
    Write(name, MetricKind::kGauge, labels, clock_.NowNanos(), value);
  }
  void GaugeAt(const std::string& name, std::int64_t timestamp_ns, double value) {
    Write(name, MetricKind::kGauge, {}, timestamp_ns, value);
  }
  void Write(const std::string& name, MetricKind kind, const LabelSet& labels, std::int64_t timestamp_ns,
             double value) {
    const auto node = store_.GetOrCreateNode("api", "api-1");
    NodeWriter writer(*node, clock_.NowNanos());
    Refusal refusal = Refusal::kNone;
    const SeriesPtr series = writer.Resolve(name, kind, labels, nullptr, &refusal);
    ASSERT_NE(series, nullptr);
    if (kind == MetricKind::kGauge) writer.SetGauge(*series, timestamp_ns, value);
    if (kind == MetricKind::kCounter) writer.Increment(*series, timestamp_ns, value);
    if (kind == MetricKind::kHistogram) writer.Observe(*series, timestamp_ns, value);
  }

  void Tick(int times = 1) {
    for (int i = 0; i < times; ++i) {
      broadcaster_.Tick(clock_.MonotonicNanos());
      clock_.Advance(kTickNs);
    }
  }

  static nlohmann::json Last(const FakeSink& sink) {
    return nlohmann::json::parse(sink.frames.at(sink.frames.size() - 1));
  }
  // The frame's samples as name -> value.
  static std::map<std::string, double> Values(const nlohmann::json& frame) {
    std::map<std::string, double> out;
    for (const nlohmann::json& sample : frame["samples"]) out[sample["name"]] = sample["value"].get<double>();
    return out;
  }
  using Expected = std::map<std::string, double>;

  FakeClock clock_;
  Store store_;
  Broadcaster broadcaster_;
};

}  // namespace obs
