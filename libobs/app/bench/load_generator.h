// Sends samples over several streams at once, at a given rate or as fast as they are taken, and accounts for
// every one of them.
//
// Thread safety: one thread. Each stream has a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/bench/options.h"
#include "app/bench/report.h"
#include "app/bench/target.h"

namespace obs {

class LoadGenerator {
 public:
  // Opens the streams, announces all series and sends one sample of each. With the compact form it returns
  // once these are acknowledged. Errors: as BenchSetup's functions.
  static absl::StatusOr<std::unique_ptr<LoadGenerator>> Start(const LoadOptions& options,
                                                              const BenchTarget& target,
                                                              const std::function<bool()>& interrupted);
  // Stops.
  ~LoadGenerator();
  LoadGenerator(const LoadGenerator&) = delete;
  LoadGenerator& operator=(const LoadGenerator&) = delete;

  // From now on sends at the options' rate.
  void Run();

  // One more sample of each series, and waits until they are acknowledged. Compact form only, and not after
  // Run(). Errors: as Start().
  absl::Status SendRound(const std::function<bool()>& interrupted);

  // So far.
  std::uint64_t sent() const;
  // True once a stream has ended that was not to.
  bool failed() const;

  struct Outcome {
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t duplicates = 0;
    std::vector<std::string> reasons;
    // By an aggregator that was overloaded: streams, which came again when they were told to, and samples of
    // theirs that it had not taken in yet.
    std::uint64_t refused_streams = 0;
    std::uint64_t refused = 0;
    std::vector<absl::Status> errors;  // of streams that ended otherwise
  };
  // Ends the streams once all that was sent is acknowledged.
  Outcome Stop();

  // Blames in `report` what is missing in `outcome`, and in the ledger of `status`, which was read after it.
  void Check(const Outcome& outcome, const ServerStatus& status, BenchReport& report) const;

 private:
  class Worker;

  LoadGenerator();
  absl::Status AwaitLimit(bool until_acked, const std::function<bool()>& interrupted);
  absl::Status FirstError();

  LoadOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace obs
