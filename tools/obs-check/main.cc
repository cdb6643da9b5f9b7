// obs-check: checks that a running system works, and that what its metrics say holds.

#include <unistd.h>

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "app/check/checker.h"
#include "app/check/report.h"
#include "base/clock.h"
#include "base/exit_code.h"
#include "base/signals.h"
#include "common/cli.h"
#include "common/progress.h"
#include "fmt/format.h"

namespace {

constexpr char kFooter[] =
    "Checks: health, ingest (sends a sample and sees it come back), nodes, frames (at the promised rate),\n"
    "exposition, prometheus, dashboard, ledger, clocks. With --assert, only what is asserted and asked "
    "for.\n\n"
    "Assertions compare numbers with < <= > >= == !=, and calculate with + - * /:\n"
    "  SELECTOR                      each series' newest value\n"
    "  p50(SELECTOR) ... p999        over the last 10 s, of all these histograms together\n"
    "  rate(SELECTOR[10s])           growth a second of each counter\n"
    "  sum|avg|min|max|count(...)    over all, or of each group: sum by (service) (...)\n"
    "  absent(SELECTOR)              there is no such series\n\n"
    "Exit status: 0 ok, 1 a check failed, 2 usage, 3 cannot reach the aggregator or it refused the key, 130\n"
    "interrupted. With --output nagios: 0 ok, 1 warning, 2 critical, 3 unknown.\n\n"
    "Examples:\n"
    "  obs-check --wait 30s\n"
    "  obs-check --expect-node api/api-1 --expect-node api/api-2 --prometheus http://localhost:9090\n"
    "  obs-check --assert 'p99(response_time_ms{service=\"api\"}) < 50' --for 10s\n"
    "  obs-check --assert 'sum(rate(errors_total)) / sum(rate(requests_total)) < 0.01' --output junit > "
    "check.xml";

struct Options {
  obs::CheckOptions check;
  std::string output = "text";
};

void AddOptions(obs::cli::CommandLine& line, Options& o) {
  CLI::App& app = line.app();
  app.add_option("--url", o.check.url,
                 "The aggregator (default: http://HOST:8080, HOST as in $AGGREGATOR_ADDR, or localhost)")
      ->type_name("URL");
  app.add_option("--grpc", o.check.grpc,
                 "Where it takes samples (default: the port it names, on the host of --url)")
      ->envname("AGGREGATOR_ADDR")
      ->type_name("HOST:PORT");
  app.add_option("--metrics-url", o.check.metrics_url,
                 "Its page for Prometheus (default: the port it names, on the host of --url)")
      ->type_name("URL");
  app.add_option("--prometheus", o.check.prometheus_url, "A Prometheus that has to scrape it")
      ->type_name("URL");
  line.AddApiKeyFile();
  app.add_option("--expect-node", o.check.expect_nodes,
                 "Node that has to be live: SERVICE/INSTANCE, or SERVICE; repeatable (default: any 2)")
      ->type_name("NODE");
  app.add_option("--nodes", o.check.min_nodes,
                 "How many nodes have to be live, where none is expected by name")
      ->type_name("N")
      ->capture_default_str();
  line.AddDuration("--max-skew", &o.check.max_skew_ns, "Warn of nodes whose clock is further off");
  app.add_option("--skip", o.check.skip, "Check to leave out; repeatable")->type_name("CHECK");
  app.add_option("--assert", o.check.assertions, "What has to hold of live metrics; repeatable")
      ->type_name("ASSERTION");
  line.AddDuration("--for", &o.check.for_ns, "How long assertions have to hold, looked at once a second")
      ->default_str("");
  line.AddDuration("--wait", &o.check.wait_ns, "Try again for so long what fails")->default_str("");
  line.AddDuration("--timeout", &o.check.timeout_ns, "Time for everything, beside --wait and --for");
  line.AddOutput({"text", "json", "tap", "junit", "nagios"}, &o.output);
  line.AddColor();
}

// Nagios reads stdout and has exit codes of its own, also when the command line is wrong.
bool IsForNagios(int argc, char** argv) {
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--output=nagios") return true;
    if (word == "nagios" && std::string_view(words[i - 1]) == "--output") return true;
  }
  return false;
}

int FailUsage(const obs::cli::CommandLine& line, bool for_nagios, const absl::Status& status) {
  if (!for_nagios) return line.Fail(obs::kExitUsage, status);
  const absl::string_view message = status.message();
  (void)line.PrintLine("OBS UNKNOWN - " + std::string(message.data(), message.size()));
  return obs::kNagiosUnknown;
}

// Prints what is there to print.
absl::Status Print(const obs::cli::CommandLine& line, std::string text) {
  return text.empty() ? absl::OkStatus() : line.PrintLine(std::move(text));
}

int ExitCodeOf(const obs::CheckOutcome& outcome, bool for_nagios) {
  if (outcome.interrupted) return obs::kExitInterrupted;
  if (for_nagios) return obs::NagiosExitCode(outcome.summary);
  if (outcome.is_unreachable) return obs::kExitUnreachable;
  return outcome.summary.fail > 0 ? obs::kExitFailed : obs::kExitOk;
}

int Run(obs::cli::CommandLine& line, const Options& options, obs::SignalWaiter& signals) {
  const bool for_nagios = options.output == "nagios";
  const auto report = obs::MakeCheckReport(options.output, {.color = line.UseColor(STDOUT_FILENO),
                                                            .problems_only = line.quiet(),
                                                            .skipped_too = line.verbose(),
                                                            .now_ns = obs::Clock::System().NowNanos()});
  obs::cli::Progress progress(line.ShowsProgress());
  absl::Status printed;
  const auto print = [&](std::string text) {
    progress.Clear();
    if (printed.ok()) printed = Print(line, std::move(text));
  };
  obs::CheckTalk talk;
  talk.begin = [&](std::size_t checks) { print(report->Begin(checks)); };
  talk.add = [&](const obs::CheckResult& result) { print(report->Add(result)); };
  talk.progress = [&](std::string_view text) { progress.Show(text); };
  const auto outcome = obs::RunChecks(options.check, signals, talk);
  if (!outcome.ok()) return FailUsage(line, for_nagios, outcome.status());
  if (!outcome->interrupted) print(report->End(outcome->summary));
  if (!printed.ok()) return line.Fail(obs::kExitFailed, printed);
  if (!for_nagios) line.Tell(false, outcome->interrupted ? "interrupted" : outcome->summary.Text());
  return ExitCodeOf(*outcome, for_nagios);
}

}  // namespace

int main(int argc, char** argv) {
  obs::SignalWaiter signals;  // before any thread starts
  obs::cli::CommandLine line("obs-check", "Checks that a running system works, and what its metrics say.",
                             kFooter);
  Options options;
  options.check.url = obs::DefaultHttpUrl(std::getenv("AGGREGATOR_ADDR"));
  AddOptions(line, options);
  const bool for_nagios = IsForNagios(argc, argv);
  if (const auto code = line.Parse(argc, argv)) {
    return for_nagios && *code == obs::kExitUsage ? obs::kNagiosUnknown : *code;
  }
  auto key = line.ApiKey();
  if (!key.ok()) return FailUsage(line, for_nagios, key.status());
  options.check.api_key = *std::move(key);
  return Run(line, options, signals);
}
