// Gives an aggregator a history that would otherwise take minutes to come about: samples of each second up to
// now, with the timestamps they would have had, second after second for all series, as they come in live.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "app/bench/host_values.h"
#include "app/bench/load_stream.h"
#include "app/bench/options.h"
#include "app/bench/report.h"
#include "app/bench/target.h"
#include "wire/batch_writer.h"

namespace obs {

class HistoryFiller {
 public:
  struct Content {
    std::uint64_t series = 0;  // gauges and counters
    std::uint64_t histograms = 0;
  };

  // `target` outlives it.
  HistoryFiller(const BenchTarget& target, std::int64_t history_ns, const Content& content);

  // Sends all, waits until it is acknowledged, and blames in `report` what was not, or is not in history.
  // Errors: as BenchSetup's functions.
  absl::Status Run(const BenchSetup& setup, BenchReport& report);

  // Blames in `report` what is missing in the ledger.
  void Check(const ServerStatus& status, BenchReport& report) const;

 private:
  bool Announce(LoadStream& stream);
  bool SendSecond(LoadStream& stream, std::int64_t timestamp_ns);
  bool Send(LoadStream& stream);
  // Looks one series up, of whose samples the newest is of `newest_ns`.
  absl::Status CheckHistory(std::int64_t newest_ns, BenchReport& report) const;
  std::string NameOf(std::uint64_t ref) const;

  const BenchTarget& target_;
  const std::int64_t seconds_;
  const Content content_;
  const std::string instance_;
  HostValues values_;
  std::string identity_;  // encoded
  BatchWriter writer_;
  std::uint64_t sent_ = 0;
};

}  // namespace obs
