#include "app/check/checker.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/check/assertion_check.h"
#include "app/check/checks.h"
#include "app/check/context.h"
#include "base/units.h"
#include "fmt/format.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

constexpr std::int64_t kRetryIntervalNs = 250 * kNanosPerMilli;

struct NamedCheck {
  std::string_view name;
  CheckResult (*run)(CheckContext& context);
};

// In the order in which one needs the other.
constexpr NamedCheck kChecks[] = {
    {"health", CheckHealth},       {"ingest", CheckIngest},         {"nodes", CheckNodes},
    {"frames", CheckFrames},       {"exposition", CheckExposition}, {"prometheus", CheckPrometheus},
    {"dashboard", CheckDashboard}, {"ledger", CheckLedger},         {"clocks", CheckClocks},
};

std::vector<NamedCheck> ChecksFor(const CheckOptions& options) {
  std::vector<NamedCheck> out;
  for (const NamedCheck& check : kChecks) {
    const bool is_skipped = std::ranges::find(options.skip, check.name) != options.skip.end();
    const bool is_asked_for = options.assertions.empty() || check.name == "health" ||
                              (check.name == "nodes" && !options.expect_nodes.empty()) ||
                              (check.name == "prometheus" && !options.prometheus_url.empty());
    if (is_asked_for && !is_skipped) out.push_back(check);
  }
  return out;
}

CheckResult Skipped(std::string_view name, std::string_view why) {
  CheckResult result{.name = std::string(name), .status = CheckStatus::kSkip};
  result.measured = why;
  return result;
}

// Everything but the waiting for signals, which the main thread does.
class Checker {
 public:
  Checker(const CheckOptions& options, const CheckTalk& talk)
      : options_(options), talk_(talk), context_(options, clock_, [this] { return interrupted_.load(); }) {}

  // The worker thread.
  CheckOutcome Run() {
    const std::int64_t begin_ns = clock_.MonotonicNanos();
    wait_until_ns_ = begin_ns + options_.wait_ns;
    const std::vector<NamedCheck> checks = ChecksFor(options_);
    talk_.begin(checks.size() + options_.assertions.size());
    for (const NamedCheck& check : checks) Add(RunInTime(check));
    if (!options_.assertions.empty()) AddAssertions();
    outcome_.summary.seconds = static_cast<double>(clock_.MonotonicNanos() - begin_ns) / 1e9;
    outcome_.interrupted = interrupted_;
    return outcome_;
  }

  void Interrupt() { interrupted_ = true; }

 private:
  void Add(const CheckResult& result) {
    if (interrupted_) return;  // what it gave up to find out
    outcome_.summary.Count(result.status);
    outcome_.is_unreachable |= result.is_unreachable;
    talk_.add(result);
  }

  CheckResult RunInTime(const NamedCheck& check) {
    if (outcome_.is_unreachable) return Skipped(check.name, "the health check failed");
    // It measures with samples of its own.
    if (check.run == CheckFrames && ingest_failed_) return Skipped(check.name, "the ingest check failed");
    CheckResult result;
    if (context_.OutOfTime()) {
      result =
          Failure(fmt::format("not begun within the time-out of {}", FormatDuration(options_.timeout_ns)),
                  "give it longer with --timeout");
    } else {
      const std::int64_t begin_ns = clock_.MonotonicNanos();
      result = RunUntilWell(check);
      result.seconds = static_cast<double>(clock_.MonotonicNanos() - begin_ns) / 1e9;
    }
    result.name = check.name;
    ingest_failed_ |= check.run == CheckIngest && result.status == CheckStatus::kFail;
    return result;
  }

  CheckResult RunUntilWell(const NamedCheck& check) {
    talk_.progress(fmt::format("checking {}", check.name));
    while (true) {
      CheckResult result = check.run(context_);
      const std::int64_t left_ns = wait_until_ns_ - clock_.MonotonicNanos();
      if (result.status != CheckStatus::kFail || left_ns <= 0 || interrupted_) return result;
      talk_.progress(fmt::format("waiting for {}, {} s more: {}", check.name, left_ns / kNanosPerSecond,
                                 result.measured));
      context_.Sleep(std::min(kRetryIntervalNs, left_ns));
    }
  }

  void AddAssertions() {
    if (outcome_.is_unreachable) {
      for (const std::string& text : options_.assertions) Add(Skipped(text, "the health check failed"));
      return;
    }
    for (const CheckResult& result : CheckAssertions(context_, wait_until_ns_, talk_.progress)) Add(result);
  }

  const CheckOptions& options_;
  const CheckTalk& talk_;
  const Clock& clock_ = Clock::System();
  std::atomic<bool> interrupted_{false};
  CheckContext context_;
  std::int64_t wait_until_ns_ = 0;  // monotonic
  bool ingest_failed_ = false;
  CheckOutcome outcome_;
};

}  // namespace

std::vector<std::string> CheckNames() {
  std::vector<std::string> names;
  for (const NamedCheck& check : kChecks) names.emplace_back(check.name);
  return names;
}

absl::StatusOr<CheckOutcome> RunChecks(const CheckOptions& options, SignalWaiter& signals,
                                       const CheckTalk& talk) {
  if (absl::Status status = CheckTheOptions(options); !status.ok()) return status;
  // What the client's log warns of, the checks tell.
  if (spdlog::get_level() == spdlog::level::warn) spdlog::set_level(spdlog::level::err);
  Checker checker(options, talk);
  CheckOutcome outcome;
  std::atomic<bool> done{false};
  std::thread worker([&] {
    outcome = checker.Run();
    done = true;
    signals.Wake();
  });
  while (!done) {
    const auto signal = signals.Wait();
    if (signal == SIGINT || signal == SIGTERM) checker.Interrupt();
  }
  worker.join();
  return outcome;
}

}  // namespace obs
