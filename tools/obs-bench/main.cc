// obs-bench: loads an aggregator, or parts of the library, and says how fast they are.

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

#include "base/exit_code.h"
#include "base/signals.h"
#include "common/cli.h"
#include "common/progress.h"
#include "fmt/format.h"
#include "obs-bench/commands.h"

namespace {

constexpr char kFooter[] =
    "Without --target it starts an aggregator of its own on free ports, and stops it afterwards. The\n"
    "environment never names the target, so that no load goes where it was not meant to.\n"
    "Client and server share the machine, whose speed drifts: compare figures of one run with each other.\n\n"
    "Exit status: 0 ok, 1 samples or frames were lost, doubled or refused, 2 usage, 3 cannot reach the\n"
    "aggregator or it refused, 130 interrupted.\n\n"
    "Examples:\n"
    "  obs-bench ingest --series 10000 --batch 1000 --duration 10s\n"
    "  obs-bench ingest --form simple --output json | jq .samples_per_second\n"
    "  obs-bench fanout --watchers 1500\n"
    "  obs-bench scrape --series 100000 --target localhost:9000";

// Turns SIGINT and SIGTERM into a flag while it lives.
class InterruptFlag {
 public:
  explicit InterruptFlag(obs::SignalWaiter& signals) : signals_(signals), thread_([this] { Run(); }) {}
  ~InterruptFlag() {
    finished_ = true;
    signals_.Wake();
    thread_.join();
  }
  bool raised() const { return raised_; }

 private:
  void Run() {
    while (!finished_) {
      if (signals_.Wait().value_or(0) != 0) raised_ = true;
    }
  }

  obs::SignalWaiter& signals_;
  std::atomic<bool> raised_{false}, finished_{false};
  std::thread thread_;
};

int ExitCodeOf(const absl::Status& status) {
  return absl::IsInvalidArgument(status) ? obs::kExitUsage : obs::kExitUnreachable;
}

}  // namespace

int main(int argc, char** argv) {
  obs::SignalWaiter signals;  // before any thread starts
  obs::cli::CommandLine line(
      "obs-bench", "Loads an aggregator, or parts of the library, and says how fast they are.", kFooter);
  obs::cli::BenchCommands commands(line);
  if (const auto code = line.Parse(argc, argv)) return *code;
  auto key = line.ApiKey();
  if (!key.ok()) return line.Fail(obs::kExitUsage, key.status());

  obs::cli::Progress progress(line.ShowsProgress());
  const InterruptFlag interrupt(signals);
  obs::BenchSetup& setup = commands.setup();
  setup.target.api_key = *std::move(key);
  setup.progress = [&](std::string_view text) { progress.Show(text); };
  setup.interrupted = [&] { return interrupt.raised(); };
  const auto report = commands.Run();
  progress.Clear();

  if (absl::IsCancelled(report.status())) return obs::kExitInterrupted;
  if (!report.ok()) return line.Fail(ExitCodeOf(report.status()), report.status());
  fmt::print("{}", commands.as_json() ? report->ToJson() + "\n" : report->ToText());
  for (const std::string& fault : report->faults) line.Tell(true, fault);
  return report->ok() ? obs::kExitOk : obs::kExitFailed;
}
