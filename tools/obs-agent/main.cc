// obs-agent: measures this machine, or simulates a service, and sends that to an aggregator.

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "app/agent_process.h"
#include "base/exit_code.h"
#include "base/units.h"
#include "common/cli.h"

namespace {

constexpr char kFooter[] =
    "Collectors: host (processors, memory, disks, network, file systems; named as node_exporter's), demo (a\n"
    "simulated service), none.\n"
    "It runs until SIGTERM or Ctrl-C, and goes on trying while the aggregator is away.\n\n"
    "Examples:\n"
    "  obs-agent\n"
    "  obs-agent --demo\n"
    "  SERVICE_NAME=web API_KEY=secret obs-agent --aggregator metrics.example.com:9000 --collect-interval "
    "5s\n"
    "  obs-agent --config /etc/obs/agent.toml --check-config";

struct Options {
  obs::AgentProcessOptions process;
  std::vector<std::string> collect;
  bool demo = false;
  std::int64_t push_interval_nanos = 20 * obs::kNanosPerMilli;
};

void AddOptions(obs::cli::CommandLine& line, Options& o) {
  CLI::App& app = line.app();
  line.AddConfigFile();
  app.add_option("--collect", o.collect, "What to collect, comma-separated: host, demo, none (default: host)")
      ->type_name("NAMES")
      ->delimiter(',')
      ->check(CLI::IsMember({"host", "demo", "none"}));
  app.add_flag("--demo", o.demo, "Simulate a service; alone: --collect demo, otherwise in addition");
  app.add_option("--service", o.process.agent.service_name,
                 "Name of the service (default: host name; demo if that is all it collects)")
      ->envname("SERVICE_NAME")
      ->type_name("NAME");
  app.add_option("--instance", o.process.agent.instance_id,
                 "Which of its instances (default: host name and pid; with --spool, host name)")
      ->envname("INSTANCE_ID")
      ->type_name("ID");
  line.AddAggregator(&o.process.agent.aggregator_addr);
  line.AddApiKeyFile();
  line.AddDuration("--push-interval", &o.push_interval_nanos,
                   "How often what changed is sent ($PUSH_INTERVAL_MS)", "PUSH_INTERVAL_MS", "ms");
  app.add_option("--spool", o.process.agent.spool_dir,
                 "Directory to keep samples in until they are confirmed, also across restarts")
      ->type_name("DIR");
  line.AddBytes("--spool-limit", &o.process.agent.spool_limit,
                "Most that the spool may take; then the oldest go");
  line.AddDuration("--collect-interval", &o.process.collect_interval_nanos, "How often the host is measured");
}

// Fills in what the options and the environment leave to be worked out.
absl::Status Complete(const obs::cli::CommandLine& line, Options& o) {
  bool none = false;
  o.process.collect_host = o.collect.empty() && !o.demo;
  o.process.collect_demo = o.demo;
  for (const std::string& name : o.collect) {
    o.process.collect_host |= name == "host";
    o.process.collect_demo |= name == "demo";
    none |= name == "none";
  }
  if (none && (o.process.collect_host || o.process.collect_demo)) {
    return absl::InvalidArgumentError("--collect none goes with no other collector");
  }
  auto key = line.ApiKey();
  if (!key.ok()) return key.status();
  o.process.agent.api_key = *std::move(key);
  o.process.agent.push_interval = std::chrono::milliseconds(o.push_interval_nanos / obs::kNanosPerMilli);
  return absl::OkStatus();
}

int CheckConfig(const obs::cli::CommandLine& line, const Options& options) {
  if (const absl::Status status = obs::CheckAgentProcess(options.process); !status.ok())
    return line.Fail(obs::kExitUsage, status);
  const std::string source = line.ApiKeySource();
  return line.PrintSettings({source.empty() ? "no key" : "the key is from " + source});
}

}  // namespace

int main(int argc, char** argv) {
  obs::SignalWaiter signals;  // before any thread starts
  obs::cli::CommandLine line(
      "obs-agent", "Measures this machine and sends that to an aggregator, many times a second.", kFooter);
  Options options;
  AddOptions(line, options);
  if (const auto code = line.Parse(argc, argv)) return *code;
  if (const absl::Status status = Complete(line, options); !status.ok())
    return line.Fail(obs::kExitUsage, status);
  if (line.checks_config()) return CheckConfig(line, options);

  const auto tell = [&](bool is_problem, std::string_view text) { line.Tell(is_problem, text); };
  int signal = 0;
  if (const absl::Status status = obs::RunAgentProcess(options.process, signals, tell, &signal);
      !status.ok()) {
    return line.Fail(absl::IsInvalidArgument(status) ? obs::kExitUsage : obs::kExitFailed, status);
  }
  return signal == SIGINT ? obs::kExitInterrupted : obs::kExitOk;
}
