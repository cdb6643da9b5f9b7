// The C++ client: a program records metrics through it, and it sends them to an aggregator in the background.
//
//   obs::Agent agent({.service_name = "checkout"});
//   agent.Start();
//   agent.RecordCounter("orders_total", 1, {{"currency", "EUR"}});
//   agent.RecordHistogram("order_value_euros", 23.50);
//
// What is sent: every push interval, what changed. Counters leave as running totals, gauges as their newest
// value, histograms as what was observed since. Unchanged counters and gauges are repeated every 10 s, so
// that they do not expire.
//
// Thread safety: every method may be called from any thread. Recording never blocks on I/O and never throws.
// Ownership: handles and trackers must not be used after the agent is destroyed.
// When the aggregator is away: the agent reconnects for ever with growing, random delays, keeps up to
// Config::buffer_size samples, or as many as fit in its spool, then drops the oldest. Every loss is counted
// by reason, see stats().
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "obs/config.h"
#include "obs/export.h"
#include "obs/labels.h"
#include "obs/metrics.h"

namespace obs {

// Whether something worked, and if not, why in words.
struct Result {
  bool ok = false;
  std::string message = {};

  explicit operator bool() const { return ok; }
};

// An agent's account of samples. Once everything is confirmed: sent = acknowledged, and what was dropped is
// apart.
struct Stats {
  std::uint64_t sent = 0;          // put into batches, or found in the spool
  std::uint64_t acknowledged = 0;  // of those, in batches that the aggregator has confirmed
  std::uint64_t rejected = 0;      // of those, refused one by one, for reasons it gave
  std::map<std::string, std::uint64_t> dropped = {};  // never to arrive, by reason, for example "buffer_full"
  bool connected = false;
  std::string last_error = {};  // why the connection last broke; empty if it never did
  // Where there is a spool: samples that are neither confirmed nor in it, so that they would not outlive this
  // process; and why it cannot be written.
  std::uint64_t unspooled = 0;
  std::string spool_error = {};
};

class OBS_EXPORT Agent {
 public:
  using Config = obs::Config;

  explicit Agent(Config config = {});
  // Stops.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Tries once to reach the aggregator, waiting at most `timeout`. Calling it is optional, and if it fails
  // the agent still works: it goes on trying once started.
  Result Connect(std::chrono::milliseconds timeout = std::chrono::seconds(5)) noexcept;

  // Begins to send. What was recorded before is sent too. Fails only if the system gives no thread, or if the
  // spool cannot be opened, for example as another process has it open.
  Result Start() noexcept;

  // Sends what is left and waits, at most `timeout`, until it is confirmed. Recording goes on to be possible;
  // Start() sends it.
  void Stop(std::chrono::milliseconds timeout = std::chrono::seconds(3)) noexcept;

  // By name: a look-up in a cache each time, well under 100 ns. Names have 1 to 512 bytes of UTF-8; at most
  // 64 labels.
  void RecordGauge(std::string_view name, double value, const Labels& labels = {}) noexcept;
  void RecordCounter(std::string_view name, double delta, const Labels& labels = {}) noexcept;
  void RecordHistogram(std::string_view name, double value, const Labels& labels = {}) noexcept;

  // By handle: look up once, record often. Asking again for the same name and labels gives the same series.
  Counter counter(std::string_view name, const Labels& labels = {}) noexcept;
  Gauge gauge(std::string_view name, const Labels& labels = {}) noexcept;
  Histogram histogram(std::string_view name, const Labels& labels = {}) noexcept;
  SharedTotal shared_total(std::string_view name, const Labels& labels = {}) noexcept;

  // Counts and times one request until the result goes out of scope; see RequestTracker.
  RequestTracker TrackRequest(const Labels& labels = {}) noexcept;

  // Counts one on errors_total{type="..."}.
  void RecordError(std::string_view type) noexcept;

  Stats stats() const;

  // As they are sent: the defaults filled in.
  const std::string& service_name() const;
  const std::string& instance_id() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace obs
