// What an aggregator says of itself at /api/v1/status, as its clients read it.
//
// Thread safety: a value; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

struct ServerStatus {
  std::string version;
  std::int64_t time_ms = 0;  // Unix time, by its clock
  double uptime_seconds = 0;
  std::uint16_t grpc_port = 0;
  std::uint16_t metrics_port = 0;
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t store_bytes = 0;
  std::uint64_t series = 0;

  struct Live {
    std::uint64_t watchers = 0;
    std::uint64_t frames_sent = 0;
    std::uint64_t frames_skipped = 0;
    std::uint64_t ticks = 0;
    std::uint64_t ticks_missed = 0;
    double tick_lateness_p50_ms = 0;
    double tick_lateness_p99_ms = 0;
    double tick_lateness_max_ms = 0;
    double tick_duration_p50_ms = 0;
    double tick_duration_p99_ms = 0;
  } live;

  // The ledger's account of one instance, or of all.
  struct Account {
    std::string service;
    std::string instance;
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t rejected = 0;
    std::uint64_t dropped = 0;
    std::int64_t difference = 0;
    // What was rejected or dropped, by reason.
    std::vector<std::pair<std::string, std::uint64_t>> losses;
  };
  std::vector<Account> accounts;
  Account total;

  // One life of a process that sends.
  struct Producer {
    std::string service;
    std::string instance;
    bool connected = false;
    bool reports = false;  // of its own losses: a client of ours, whose stream lasts as long as it lives
    std::int64_t last_seen_ms = 0;  // Unix time
    // How much after their receipt its newest samples are dated; nullopt if they bear no time.
    std::optional<double> clock_offset_ms;
  };
  std::vector<Producer> producers;

  // What the start brought back from the data directory.
  std::uint64_t recovered_samples = 0;
  double recovery_seconds = 0;

  const Account* Find(std::string_view service, std::string_view instance) const;
};

// Errors: INVALID_ARGUMENT if `json` is no such status.
absl::StatusOr<ServerStatus> ParseServerStatus(std::string_view json);

}  // namespace obs
