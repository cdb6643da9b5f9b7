// obs-tail: shows what an aggregator receives, as it comes.

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "app/watcher.h"
#include "base/exit_code.h"
#include "base/signals.h"
#include "base/units.h"
#include "common/cli.h"
#include "fmt/format.h"

namespace {

constexpr char kFooter[] =
    "Selectors are Prometheus's, with globs in the name; a series is shown if any of them matches. They are\n"
    "best quoted, since the shell has its own ideas about braces and stars.\n\n"
    "Exit status: 0 ok, 1 the time-out came before --count samples, 2 usage, 3 cannot reach the aggregator "
    "or it\n"
    "refused, 130 interrupted.\n\n"
    "Examples:\n"
    "  obs-tail\n"
    "  obs-tail 'node_cpu_seconds_total{mode!=\"idle\"}'\n"
    "  obs-tail 'demo_*' --since 5m --output csv > demo.csv\n"
    "  obs-tail 'demo_requests_total{service=\"demo\"}' --output json --count 100 | jq .\n"
    "  obs-tail 'demo_*' --record incident.obs --timeout 5m";

constexpr int kReadableRateHz = 4;

struct Options {
  obs::WatchOptions watch;
  std::string output;
  int rate_hz = 0;
};

// CLI11's own check tells a range of 309 digits.
CLI::Validator Positive() {
  const auto problem = [](const std::string& text) {
    const bool positive = text.find_first_not_of("0123456789") == std::string::npos &&
                          text.find_first_not_of('0') != std::string::npos;
    return positive ? "" : fmt::format("\"{}\" is not a number above 0", text);
  };
  return {problem, "POSITIVE"};
}

void AddOptions(obs::cli::CommandLine& line, Options& o) {
  CLI::App& app = line.app();
  line.AddWords("selectors", &o.watch.selectors, "What to show (default: everything)")->type_name("SELECTOR");
  app.add_option(
         "--url", o.watch.url,
         "The aggregator's live view (default: ws://HOST:8080/ws, HOST as in $AGGREGATOR_ADDR, or localhost)")
      ->type_name("URL");
  line.AddApiKeyFile();
  line.AddOutput({"table", "text", "json", "csv"}, &o.output);
  app.add_option("--rate", o.rate_hz, "Updates a second at most (default: 4 for table and text, else 60)")
      ->type_name("HZ")
      ->check(CLI::Range(1, 60));
  line.AddDuration("--since", &o.watch.since_ns, "Show the history from so long ago first")->default_str("");
  app.add_option("--count", o.watch.count, "Exit after so many samples")->type_name("N")->check(Positive());
  line.AddDuration("--timeout", &o.watch.timeout_ns, "Exit after so long")->default_str("");
  app.add_option("--record", o.watch.recording,
                 "Write what comes to FILE, for obs-send --replay, instead of showing it; -: to stdout")
      ->type_name("FILE");
  line.AddColor();
}

void SetOutput(const obs::cli::CommandLine& line, Options& o) {
  using obs::WatchOutput;
  if (o.output.empty()) o.output = ::isatty(STDOUT_FILENO) == 1 ? "table" : "text";
  o.watch.output = o.output == "table"  ? WatchOutput::kTable
                   : o.output == "json" ? WatchOutput::kJson
                   : o.output == "csv"  ? WatchOutput::kCsv
                                        : WatchOutput::kText;
  const bool for_people = o.watch.output == WatchOutput::kTable || o.watch.output == WatchOutput::kText;
  const bool is_slow = for_people && o.watch.recording.empty();
  o.watch.rate_hz = o.rate_hz != 0 ? o.rate_hz : is_slow ? kReadableRateHz : 60;
  o.watch.color = line.UseColor(STDOUT_FILENO);
}

int ExitCodeOf(const obs::WatchEnd& end, const Options& o) {
  switch (end.reason) {
    case obs::WatchEnd::Reason::kCount:
    case obs::WatchEnd::Reason::kOutputClosed: return obs::kExitOk;
    case obs::WatchEnd::Reason::kTimeout: return o.watch.count > 0 ? obs::kExitFailed : obs::kExitOk;
    case obs::WatchEnd::Reason::kSignal: return obs::kExitInterrupted;
  }
  return obs::kExitFailed;
}

int ExitCodeOf(const absl::Status& status) {
  if (absl::IsInvalidArgument(status)) return obs::kExitUsage;
  return absl::IsDataLoss(status) ? obs::kExitFailed : obs::kExitUnreachable;
}

}  // namespace

int main(int argc, char** argv) {
  obs::SignalWaiter signals;  // before any thread starts
  obs::cli::CommandLine line("obs-tail", "Shows what an aggregator receives, live.", kFooter);
  Options options;
  options.watch.url = obs::DefaultLiveUrl(std::getenv("AGGREGATOR_ADDR"));
  AddOptions(line, options);
  if (const auto code = line.Parse(argc, argv)) return *code;
  auto key = line.ApiKey();
  if (!key.ok()) return line.Fail(obs::kExitUsage, key.status());
  options.watch.api_key = *std::move(key);
  SetOutput(line, options);

  const auto tell = [&](bool is_problem, std::string_view words) { line.Tell(is_problem, words); };
  const auto end = obs::Watch(options.watch, signals, tell);
  if (!end.ok()) return line.Fail(ExitCodeOf(end.status()), end.status());
  if (!options.watch.recording.empty()) {
    line.Tell(false, fmt::format("recorded {} frames with {} samples, {}", end->recorded_frames, end->samples,
                                 obs::FormatBytes(end->recorded_bytes)));
  }
  if (end->reason == obs::WatchEnd::Reason::kTimeout && options.watch.count > 0) {
    line.Tell(true, fmt::format("{} of {} samples came in time", end->samples, options.watch.count));
  }
  return ExitCodeOf(*end, options);
}
