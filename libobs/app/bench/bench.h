// The benchmarks of obs-bench, one function a sub-command. Each blocks until its run is over.
//
// Errors of all: INVALID_ARGUMENT for options that make no sense; UNAVAILABLE, UNAUTHENTICATED,
// PERMISSION_DENIED or DEADLINE_EXCEEDED if the aggregator cannot be reached, or refused us; CANCELLED if
// interrupted. What went wrong with samples is no error, but among the report's faults.
//
// Thread safety: one at a time, in the main thread: a server started for the run ends with that thread.
#pragma once

#include "absl/status/statusor.h"
#include "app/bench/options.h"
#include "app/bench/report.h"
#include "obs/export.h"

namespace obs {

// The ring of raw samples: samples written a second, by writers and readers.
OBS_EXPORT absl::StatusOr<BenchReport> RunRingBench(const RingBenchOptions& options, const BenchSetup& setup);

// Recording, beside prometheus-cpp: time an operation of each kind takes a thread.
OBS_EXPORT absl::StatusOr<BenchReport> RunRecordBench(const RecordBenchOptions& options,
                                                      const BenchSetup& setup);

// Samples a second through gRPC into the store, all acknowledged and in the ledger.
OBS_EXPORT absl::StatusOr<BenchReport> RunIngestBench(const LoadOptions& options, const BenchSetup& setup);

// The same samples to another server, which takes Prometheus's remote write. Refusals are faults.
OBS_EXPORT absl::StatusOr<BenchReport> RunRemoteWriteBench(const RemoteWriteBenchOptions& options,
                                                           const BenchSetup& setup);

// Frames to many watchers, beside a bare loop of send().
OBS_EXPORT absl::StatusOr<BenchReport> RunFanoutBench(const FanoutBenchOptions& options,
                                                      const BenchSetup& setup);

// From a recording until a watcher has the frame that shows it.
OBS_EXPORT absl::StatusOr<BenchReport> RunLatencyBench(const LatencyBenchOptions& options,
                                                       const BenchSetup& setup);

// Scrapes of /metrics.
OBS_EXPORT absl::StatusOr<BenchReport> RunScrapeBench(const ScrapeBenchOptions& options,
                                                      const BenchSetup& setup);

// Memory of series with their history.
OBS_EXPORT absl::StatusOr<BenchReport> RunMemoryBench(const MemoryBenchOptions& options,
                                                      const BenchSetup& setup);

// What it costs to keep samples on disk, and how long a restart takes to bring them back. Only with an
// aggregator of its own.
OBS_EXPORT absl::StatusOr<BenchReport> RunDurabilityBench(const DurabilityBenchOptions& options,
                                                          const BenchSetup& setup);

// From the start of an aggregator until it is ready.
OBS_EXPORT absl::StatusOr<BenchReport> RunStartBench(const StartBenchOptions& options,
                                                     const BenchSetup& setup);

// Samples in, watchers and scrapes at once.
OBS_EXPORT absl::StatusOr<BenchReport> RunMixedBench(const MixedBenchOptions& options,
                                                     const BenchSetup& setup);

}  // namespace obs
