// What a run cost: time, and CPU and memory of the aggregator and of this program apart.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "app/bench/report.h"
#include "app/bench/target.h"

namespace obs {

class RunMeter {
 public:
  explicit RunMeter(const BenchTarget& target) : target_(target) {}

  // Errors: as BenchTarget::ReadStatus().
  absl::Status Begin();
  // Once what is measured is over.
  absl::Status End();

  double seconds() const { return seconds_; }
  double server_cpu_seconds() const { return after_.cpu_seconds - before_.cpu_seconds; }
  double client_cpu_seconds() const { return client_cpu_seconds_; }
  const ServerStatus& before() const { return before_; }
  const ServerStatus& after() const { return after_; }

  // samples_per_second, server_cpu_ns_per_sample and client_cpu_ns_per_sample.
  void AddThroughput(std::uint64_t samples, FigureList& figures) const;
  // How punctual the live view was: lateness over the last 10 to 20 s, ticks left out in the run.
  void AddTicks(FigureList& figures) const;
  // The server's CPU in cores, and memory.
  void AddServer(FigureList& figures) const;

 private:
  const BenchTarget& target_;
  ServerStatus before_, after_;
  std::int64_t start_ns_ = 0;
  double client_cpu_start_ = 0;
  double seconds_ = 0;
  double client_cpu_seconds_ = 0;
};

}  // namespace obs
