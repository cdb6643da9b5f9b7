// What each sub-command of obs-bench can be told.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace obs {

// Which aggregator to load.
struct BenchTargetOptions {
  std::string grpc;         // HOST:PORT; empty: start one for this run
  std::string http_url;     // "http://HOST:8080"; empty: that port of the host of `grpc`
  std::string metrics_url;  // "http://HOST:9100/metrics"; empty: that port of the host of `grpc`
  std::string api_key;
};

struct BenchSetup {
  BenchTargetOptions target;
  std::int64_t duration_ns = 0;  // 0: what suits the sub-command
  // Shows how far the run has come. May be null.
  std::function<void(std::string_view)> progress;
  // Asked several times a second; true ends the run with CANCELLED.
  std::function<bool()> interrupted;

  std::int64_t DurationOr(std::int64_t default_ns) const {
    return duration_ns > 0 ? duration_ns : default_ns;
  }
};

struct RingBenchOptions {
  std::vector<int> writers{1, 2};
  std::vector<int> readers{0, 1};
  std::uint64_t run = 64;              // samples written at once
  std::uint64_t capacity = 64 * 1024;  // samples
};

struct RecordBenchOptions {
  std::vector<int> threads{1, 2};
  int rounds = 15;
};

enum class LoadForm { kCompact, kSimple };

struct LoadOptions {
  LoadForm form = LoadForm::kCompact;
  std::uint64_t series = 10'000;
  std::uint64_t series_per_metric = 100;
  std::uint64_t batch = 1000;  // samples a batch, which is one gRPC message
  int streams = 2;
  double rate = 0;  // samples a second in all; 0: as many as go
};

struct RemoteWriteBenchOptions {
  std::string url;
  int server_pid = 0;  // whose CPU and memory to measure
  std::uint64_t series = 10'000;
  std::uint64_t samples = 10;  // of each series in a request
  int streams = 2;
};

struct FanoutBenchOptions {
  int watchers = 1500;
  int rate_hz = 60;
  int selectors = 1;
  std::uint64_t frame_bytes = 2000;
};

struct LatencyBenchOptions {
  double rate = 200;  // recordings a second
  std::int64_t push_interval_ns = 20 * kNanosPerMilli;
  int watchers = 1;
};

struct ScrapeBenchOptions {
  std::uint64_t series = 100'000;
  int scrapes = 20;
  bool beside_prometheus_cpp = false;
};

struct MemoryBenchOptions {
  std::uint64_t series = 10'000;
  std::uint64_t histograms = 1'000;
  std::int64_t history_ns = 900 * kNanosPerSecond;
};

struct DurabilityBenchOptions {
  std::uint64_t series = 10'000;
  std::uint64_t batch = 1000;  // samples
  int streams = 2;
  int rounds = 5;
  std::uint64_t recovered_samples = 10'000'000;
  double tick_rate = 1e6;  // samples a second while ticks are looked at
  std::string directory;   // empty: where the system has temporary files
};

struct StartBenchOptions {
  std::uint64_t starts = 20;
};

struct MixedBenchOptions {
  LoadOptions load{.rate = 1e6};
  int watchers = 50;
  int rate_hz = 60;
  std::int64_t scrape_interval_ns = kNanosPerSecond;
};

}  // namespace obs
