#include "obs-bench/commands.h"

#include <vector>

namespace obs::cli {
namespace {

constexpr int kColumnWidth = 34;  // as CommandLine has it
constexpr int kMaxThreads = 64;

template <typename T>
void AddNumber(CLI::App& command, const char* name, T& value, const char* help) {
  command.add_option(name, value, help)->type_name("N")->check(CLI::PositiveNumber)->capture_default_str();
}

// One run for each number.
void AddCounts(CLI::App& command, const char* name, std::vector<int>& values, int least, const char* help) {
  command.add_option(name, values, help)
      ->type_name("N,...")
      ->delimiter(',')
      ->check(CLI::Range(least, kMaxThreads));
}

void AddRate(CLI::App& command, int& rate_hz) {
  command.add_option("--rate", rate_hz, "Frames a second that each watcher wants")
      ->type_name("HZ")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
}

void AddLoad(CLI::App& command, LoadOptions& o) {
  const auto set_form = [&o](const std::string& name) {
    o.form = name == "simple" ? LoadForm::kSimple : LoadForm::kCompact;
  };
  command
      .add_option_function<std::string>("--form", set_form,
                                        "compact: columns, through Publish; simple: a MetricSample with its "
                                        "own name and labels for each, through StreamTelemetry")
      ->type_name("FORM")
      ->check(CLI::IsMember({"compact", "simple"}))
      ->default_str("compact");
  AddNumber(command, "--series", o.series, "Series in all");
  AddNumber(command, "--batch", o.batch, "Samples a batch, which is one gRPC message");
  AddNumber(command, "--streams", o.streams, "Streams at once, each with a connection of its own");
}

}  // namespace

BenchCommands::BenchCommands(CommandLine& line) : line_(line) {
  line_.app().require_subcommand(1);
  AddShared();
  AddLibraryCommands();
  AddIngest();
  AddRemoteWrite();
  AddLiveCommands();
  AddStoreCommands();
  AddStart();
  AddMixed();
}

absl::StatusOr<BenchReport> BenchCommands::Run() const {
  return runs_.at(line_.app().get_subcommands().front())();
}

template <typename Options>
CLI::App& BenchCommands::Add(const char* name, const char* help, Options& options,
                             absl::StatusOr<BenchReport> (*run)(const Options&, const BenchSetup&)) {
  CLI::App* const command = line_.app().add_subcommand(name, help);
  command->fallthrough();
  command->get_formatter()->column_width(kColumnWidth);
  runs_[command] = [this, &options, run] { return run(options, setup_); };
  return *command;
}

void BenchCommands::AddShared() {
  CLI::App& app = line_.app();
  app.add_option("--target", setup_.target.grpc, "gRPC address of the aggregator to load")
      ->type_name("HOST:PORT");
  app.add_option("--http-url", setup_.target.http_url,
                 "Its live view and API (default: port 8080 of the target's host)")
      ->type_name("URL");
  app.add_option("--metrics-url", setup_.target.metrics_url,
                 "Its page for Prometheus (default: port 9100 of that host)")
      ->type_name("URL");
  line_.AddApiKeyFile();
  line_.AddDuration("--duration", &setup_.duration_ns, "How long to measure")->default_str("");
  line_.AddOutput({"text", "json"}, &output_);
}

void BenchCommands::AddLibraryCommands() {
  CLI::App& ring = Add("ring", "The ring of raw samples, in this process", ring_, RunRingBench);
  AddCounts(ring, "--writers", ring_.writers, 1, "Threads that write; a run for each (default: 1,2)");
  AddCounts(ring, "--readers", ring_.readers, 0, "Threads that read; a run for each (default: 0,1)");
  AddNumber(ring, "--run", ring_.run, "Samples written at once");

  CLI::App& record =
      Add("record", "Recording in this process, beside prometheus-cpp", record_, RunRecordBench);
  AddCounts(record, "--threads", record_.threads, 1, "Threads that record; a run for each (default: 1,2)");
}

void BenchCommands::AddIngest() {
  CLI::App& ingest = Add("ingest", "Samples through gRPC, each accounted for", ingest_, RunIngestBench);
  AddLoad(ingest, ingest_);
  ingest.add_option("--rate", ingest_.rate, "Samples a second in all (default: as many as go)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
}

void BenchCommands::AddStart() {
  CLI::App& start = Add("start", "From the start of an aggregator until it is ready", start_, RunStartBench);
  AddNumber(start, "--starts", start_.starts, "How often to start one");
}

void BenchCommands::AddMixed() {
  CLI::App& mixed = Add("mixed", "Samples in, watchers and scrapes at once", mixed_, RunMixedBench);
  AddLoad(mixed, mixed_.load);
  AddNumber(mixed, "--rate", mixed_.load.rate, "Samples a second in all");
  AddNumber(mixed, "--watchers", mixed_.watchers, "WebSocket connections, at 60 Hz");
  CommandLine::AddDuration(mixed, "--scrape-interval", &mixed_.scrape_interval_ns, "How often to scrape");
}

void BenchCommands::AddRemoteWrite() {
  RemoteWriteBenchOptions& o = remote_write_;
  CLI::App& command =
      Add("remote-write", "The same to another server, as Prometheus's remote write", o, RunRemoteWriteBench);
  command.add_option("--url", o.url, "Where it takes remote write")->type_name("URL")->required();
  command.add_option("--server-pid", o.server_pid, "Its process on this machine, for CPU and memory")
      ->type_name("PID")
      ->check(CLI::PositiveNumber)
      ->required();
  AddNumber(command, "--series", o.series, "Series in all");
  AddNumber(command, "--samples", o.samples, "Samples of each series in a request");
  AddNumber(command, "--streams", o.streams, "Connections at once; each has its share of the series");
}

void BenchCommands::AddLiveCommands() {
  CLI::App& fanout =
      Add("fanout", "Frames to many watchers, beside a bare loop of send()", fanout_, RunFanoutBench);
  AddNumber(fanout, "--watchers", fanout_.watchers, "WebSocket connections");
  AddRate(fanout, fanout_.rate_hz);
  AddNumber(fanout, "--selectors", fanout_.selectors, "Different selections among them");

  CLI::App& latency = Add("latency", "From a recording until a watcher has the frame that shows it", latency_,
                          RunLatencyBench);
  AddNumber(latency, "--rate", latency_.rate, "Recordings a second");
  AddNumber(latency, "--watchers", latency_.watchers, "WebSocket connections; one is looked into");
  CommandLine::AddDuration(latency, "--push-interval", &latency_.push_interval_ns,
                           "How often the agent sends what changed");
}

void BenchCommands::AddStoreCommands() {
  CLI::App& scrape = Add("scrape", "Scrapes of /metrics", scrape_, RunScrapeBench);
  AddNumber(scrape, "--series", scrape_.series, "Series on the page");
  AddNumber(scrape, "--scrapes", scrape_.scrapes, "Scrapes to make");
  scrape.add_flag("--beside-prometheus-cpp", scrape_.beside_prometheus_cpp,
                  "Write the same series with prometheus-cpp too, in turns");

  CLI::App& memory = Add("memory", "Memory of series with their history", memory_, RunMemoryBench);
  AddNumber(memory, "--series", memory_.series, "Gauges and counters");
  AddNumber(memory, "--histograms", memory_.histograms, "Histograms");
  CommandLine::AddDuration(memory, "--history", &memory_.history_ns,
                           "How much history, at a sample a second");

  CLI::App& durability = Add("durability", "Samples kept on disk, and brought back after a crash",
                             durability_, RunDurabilityBench);
  AddNumber(durability, "--series", durability_.series, "Series in all");
  AddNumber(durability, "--batch", durability_.batch, "Samples a batch, which is one gRPC message");
  AddNumber(durability, "--streams", durability_.streams, "Streams at once");
  AddNumber(durability, "--rounds", durability_.rounds, "Runs of each durability, in turns");
  AddNumber(durability, "--recover", durability_.recovered_samples, "Samples to bring back");
  durability.add_option("--directory", durability_.directory, "Where to keep them, in a folder of its own")
      ->type_name("DIR");
}

}  // namespace obs::cli
