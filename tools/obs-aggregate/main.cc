// obs-aggregate: collects metrics over gRPC and serves them live, as history and to Prometheus.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "app/aggregator.h"
#include "base/exit_code.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/signals.h"
#include "common/cli.h"
#include "fmt/format.h"

namespace {

constexpr char kFooter[] =
    "Keys: TELEMETRY_API_KEYS (comma-separated) or --api-keys-file. Without a key it listens on loopback "
    "only.\n"
    "Signals: SIGTERM stops it cleanly, SIGHUP reads the key file again.\n\n"
    "Examples:\n"
    "  obs-aggregate\n"
    "  TELEMETRY_API_KEYS=secret1,secret2 obs-aggregate --bind 0.0.0.0\n"
    "  obs-aggregate --config /etc/obs/aggregate.toml --check-config";

void AddOptions(obs::cli::CommandLine& line, obs::AggregatorOptions& o, std::string& log_level) {
  CLI::App& app = line.app();
  line.AddConfigFile();
  app.add_option("--bind", o.bind, "Address to listen on (default: all with keys, 127.0.0.1 without)")
      ->type_name("ADDRESS");
  app.add_flag("--allow-anonymous", o.allow_anonymous,
               "Without keys, let --bind name other than the loopback");
  line.AddPort("--grpc-port", &o.grpc_port, "GRPC_PORT", "Port for samples over gRPC; 0: a free one");
  line.AddPort("--ws-port", &o.ws_port, "WS_PORT", "Port for the live view, page and API; 0: a free one");
  line.AddPort("--metrics-port", &o.metrics_port, "METRICS_PORT", "Port for Prometheus; 0: a free one");
  app.add_option("--api-keys-file", o.api_keys_file,
                 "File of keys, one a line: KEY [name=NAME] [scopes=ingest,watch]")
      ->type_name("FILE");
  app.add_flag("--open-watch", o.open_watch, "Let people watch without a key even if there are keys");
  app.add_option("--allow-origin", o.allow_origins,
                 "Other origin whose pages may watch, or \"*\"; repeatable")
      ->type_name("ORIGIN");
  const auto count = [&app](const char* name, std::uint64_t& value, const char* help) {
    app.add_option(name, value, help)->type_name("N")->capture_default_str();
  };
  count("--max-series", o.max_series, "Most series in all");
  count("--max-series-per-key", o.max_series_per_key, "Most series that one key may create");
  count("--max-watchers", o.max_watchers, "Most WebSocket sessions");
  line.AddBytes("--max-batch", &o.max_batch_bytes, "Largest batch accepted");
  line.AddBytes("--memory-limit", &o.memory_limit_bytes,
                "Hold no more memory than this: history forgets, new series are refused");
  line.AddDuration("--max-skew", &o.max_timestamp_skew_ns,
                   "Reject samples whose time is further off than this");
  line.AddDuration("--series-ttl", &o.series_ttl_ns,
                   "A series not updated for this long leaves view and scrape");
  line.AddDuration("--history", &o.history_ns, "How far back history goes");
  line.AddDuration("--window", &o.window_ns, "Sliding window of live histograms");
  app.add_option("--data-dir", o.data_dir, "Keep what is ingested in this directory, across restarts")
      ->type_name("DIR");
  // Names the choices only: the aggregator checks them, as it knows whether there is a directory.
  const CLI::Validator durabilities([](const std::string&) { return std::string(); }, "{memory,os,fsync}");
  app.add_option("--durability", o.durability,
                 "What an ack says: applied, safe from a crash, or from loss of power (default: os with "
                 "--data-dir)")
      ->type_name("MODE")
      ->check(durabilities);
  line.AddBytes("--data-limit", &o.data_limit_bytes, "Keep no more than this in --data-dir");
  // Names the choices only: SetUpLogging() checks them, and has better words.
  const CLI::Validator levels([](const std::string&) { return std::string(); },
                              "{trace,debug,info,warn,error,off}");
  app.add_option("--log-level", log_level, "How much to log")
      ->envname("LOG_LEVEL")
      ->type_name("LEVEL")
      ->check(levels)
      ->capture_default_str();
}

int Run(obs::cli::CommandLine& line, const obs::AggregatorOptions& options, obs::SignalWaiter& signals) {
  auto aggregator = obs::Aggregator::Start(options);
  if (!aggregator.ok()) {
    const bool usage = aggregator.status().code() == absl::StatusCode::kInvalidArgument;
    return line.Fail(usage ? obs::kExitUsage : obs::kExitUnreachable, aggregator.status());
  }
  fmt::print(stderr, "obs-aggregate: ready {}\n", (*aggregator)->Addresses());
  for (;;) {
    const int signal = signals.Wait().value_or(0);
    if (signal == SIGHUP) {
      (*aggregator)->ReloadKeys();
      continue;
    }
    (*aggregator)->Stop();
    return signal == SIGINT ? obs::kExitInterrupted : obs::kExitOk;
  }
}

// Never says a key.
std::string KeysRemark(const obs::AggregatorOptions& options) {
  return options.api_keys.empty() ? "no keys in $TELEMETRY_API_KEYS" : "more keys in $TELEMETRY_API_KEYS";
}

int CheckConfig(const obs::cli::CommandLine& line, const obs::AggregatorOptions& options) {
  const absl::Status status = obs::Aggregator::Check(options);
  return status.ok() ? line.PrintSettings({KeysRemark(options)}) : line.Fail(obs::kExitUsage, status);
}

}  // namespace

int main(int argc, char** argv) {
  obs::UseOneHeap();
  obs::SignalWaiter signals;  // before any thread starts
  obs::cli::CommandLine line(
      "obs-aggregate", "Collects metrics over gRPC; serves them live at 60 Hz, and to Prometheus.", kFooter);
  obs::AggregatorOptions options;
  std::string log_level = "info";
  AddOptions(line, options, log_level);
  if (const auto code = line.Parse(argc, argv)) return *code;
  if (const absl::Status status = obs::SetUpLogging("obs-aggregate", log_level); !status.ok()) {
    return line.Fail(obs::kExitUsage, status);
  }
  if (const char* keys = std::getenv("TELEMETRY_API_KEYS")) options.api_keys = keys;
  if (line.checks_config()) return CheckConfig(line, options);
  return Run(line, options, signals);
}
