// The sub-commands of obs-bench and their flags.
//
// Thread safety: main thread only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "app/bench/bench.h"
#include "common/cli.h"

namespace obs::cli {

class BenchCommands {
 public:
  // Adds all flags to `line`, which outlives this. Then it parses.
  explicit BenchCommands(CommandLine& line);
  BenchCommands(const BenchCommands&) = delete;
  BenchCommands& operator=(const BenchCommands&) = delete;

  // ---- Once parsed ----
  BenchSetup& setup() { return setup_; }
  bool as_json() const { return output_ == "json"; }
  // Runs the one that was chosen.
  absl::StatusOr<BenchReport> Run() const;

 private:
  // Adds one; its flags fill `options`.
  template <typename Options>
  CLI::App& Add(const char* name, const char* help, Options& options,
                absl::StatusOr<BenchReport> (*run)(const Options&, const BenchSetup&));
  void AddShared();
  void AddLibraryCommands();
  void AddIngest();
  void AddRemoteWrite();
  void AddLiveCommands();
  void AddStoreCommands();
  void AddStart();
  void AddMixed();

  CommandLine& line_;
  std::map<const CLI::App*, std::function<absl::StatusOr<BenchReport>()>> runs_;

  BenchSetup setup_;
  std::string output_;
  RingBenchOptions ring_;
  RecordBenchOptions record_;
  LoadOptions ingest_;
  RemoteWriteBenchOptions remote_write_;
  FanoutBenchOptions fanout_;
  LatencyBenchOptions latency_;
  ScrapeBenchOptions scrape_;
  MemoryBenchOptions memory_;
  DurabilityBenchOptions durability_;
  StartBenchOptions start_;
  MixedBenchOptions mixed_;
};

}  // namespace obs::cli
