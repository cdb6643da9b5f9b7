#include "app/check/assertion_check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "app/check/watched_series.h"
#include "base/units.h"
#include "fmt/format.h"
#include "live/client.h"
#include "live/frame_decoder.h"

namespace obs {
namespace {

constexpr int kRateHz = 10;
constexpr std::int64_t kJudgeIntervalNs = kNanosPerSecond;
constexpr std::int64_t kReadTimeoutNs = 50 * kNanosPerMilli;

class AssertionWatch {
 public:
  AssertionWatch(CheckContext& context, std::int64_t wait_until_ns,
                 const std::function<void(std::string_view)>& tell)
      : context_(context), wait_until_ns_(wait_until_ns), tell_(tell), series_(WindowUs(context.options())) {
    for (const std::string& text : context.options().assertions) {
      auto assertion = Assertion::Parse(text);
      if (assertion.ok()) runs_.emplace_back(*std::move(assertion), context.options().for_ns);
    }
  }

  std::vector<CheckResult> Run() {
    const std::string why_not = Watch();
    std::vector<CheckResult> results;
    for (const AssertionRun& run : runs_) results.push_back(run.Result(why_not));
    return results;
  }

 private:
  static std::int64_t WindowUs(const CheckOptions& options) {
    std::int64_t window_ns = 0;
    for (const std::string& text : options.assertions) {
      if (const auto assertion = Assertion::Parse(text); assertion.ok())
        window_ns = std::max(window_ns, assertion->window_ns());
    }
    return window_ns / kNanosPerMicro;
  }

  // Returns what kept assertions from being decided; "" if all are.
  std::string Watch() {
    const Clock& clock = context_.clock();
    LiveClient client(Options());
    if (const absl::Status connected = client.Connect(); !connected.ok()) return WordsOf(connected);
    std::int64_t judge_due_ns = clock.MonotonicNanos() + kJudgeIntervalNs;
    while (!Decided()) {
      if (context_.Interrupted()) return "interrupted";
      if (context_.OutOfTime()) {
        return fmt::format("the time-out of {} came first", FormatDuration(context_.options().timeout_ns));
      }
      if (const absl::Status read = Receive(client); !read.ok()) return WordsOf(read);
      const std::int64_t now_ns = clock.MonotonicNanos();
      if (now_ns < judge_due_ns) continue;
      judge_due_ns += kJudgeIntervalNs;
      for (AssertionRun& run : runs_) run.Observe(series_, now_ns, now_ns < wait_until_ns_);
      const auto undecided = std::ranges::count(runs_, AssertionRun::State::kUndecided, &AssertionRun::state);
      tell_(fmt::format("{} of {} assertions to be decided", undecided, runs_.size()));
    }
    client.Close();
    return "";
  }

  LiveClientOptions Options() const {
    std::vector<std::string> selectors;
    for (const AssertionRun& run : runs_) {
      for (std::string& selector : run.assertion().selectors()) {
        if (std::ranges::find(selectors, selector) == selectors.end())
          selectors.push_back(std::move(selector));
      }
    }
    LiveClientOptions live = context_.LiveOptions(std::move(selectors), kRateHz);
    // A rate has its window at once.
    if (const std::int64_t window_us = WindowUs(context_.options()); window_us > 0) {
      live.since_ns = window_us * kNanosPerMicro + kNanosPerSecond;
    }
    return live;
  }

  absl::Status Receive(LiveClient& client) {
    const absl::Status read = client.Read(&message_, kReadTimeoutNs);
    if (absl::IsDeadlineExceeded(read) || (read.ok() && !client.got_binary())) return absl::OkStatus();
    if (!read.ok()) return read;
    const auto frame = decoder_.Decode(message_);
    if (frame.ok()) series_.Take(*frame);
    return frame.status();
  }

  bool Decided() const {
    return std::ranges::none_of(
        runs_, [](const AssertionRun& run) { return run.state() == AssertionRun::State::kUndecided; });
  }

  CheckContext& context_;
  const std::int64_t wait_until_ns_;
  const std::function<void(std::string_view)>& tell_;
  WatchedSeries series_;
  std::vector<AssertionRun> runs_;
  LiveFrameDecoder decoder_;
  std::string message_;
};

}  // namespace

std::vector<CheckResult> CheckAssertions(CheckContext& context, std::int64_t wait_until_ns,
                                         const std::function<void(std::string_view)>& tell) {
  const std::int64_t begin_ns = context.clock().MonotonicNanos();
  std::vector<CheckResult> results = AssertionWatch(context, wait_until_ns, tell).Run();
  for (CheckResult& result : results) {
    result.seconds = static_cast<double>(context.clock().MonotonicNanos() - begin_ns) / 1e9;
  }
  return results;
}

}  // namespace obs
