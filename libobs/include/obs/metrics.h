// Handles: series that were looked up once, for recording in hot paths.
//
//   const obs::Counter hits = agent.counter("cache_hits_total", {{"cache", "users"}});
//   hits.Add(1);  // a few CPU cycles
//
// Thread safety: any thread may use any handle; copies are cheap and mean the same series. Recording takes no
// lock, does no I/O and never throws.
// Lifetime: a handle is valid as long as the Agent that made it. One made without an agent records nothing.
// What cannot be recorded (not finite, a negative increment, an invalid name, one series too many) is
// dropped, and counted by reason in Agent::stats().
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "obs/cells.h"
#include "obs/export.h"

namespace obs {

class Recorder;
enum class Loss : std::uint8_t;

template <typename T>
concept Number = std::integral<T> || std::floating_point<T>;

namespace detail {

// Not inlined: first use in a thread, and everything that is dropped.
OBS_EXPORT void AddWholeSlowly(Recorder* recorder, std::uint32_t cell, Loss loss,
                               std::uint64_t amount) noexcept;
OBS_EXPORT void AddRealSlowly(Recorder* recorder, std::uint32_t cell, Loss loss, double amount) noexcept;
OBS_EXPORT void AddNegative(Recorder* recorder) noexcept;
OBS_EXPORT void SetSlowly(Recorder* recorder, GaugeCell* cell, Loss loss, double value) noexcept;
OBS_EXPORT void AddToGauge(Recorder* recorder, GaugeCell* cell, Loss loss, double amount) noexcept;

// A handle's series: where to record, or why not.
template <typename Cell>
struct Bound {
  Recorder* recorder = nullptr;
  Cell cell = {};
  Loss loss = {};  // counted for each recording if there is no cell
};

}  // namespace detail

// A total that only grows.
class Counter {
 public:
  Counter() = default;

  // `amount` must not be negative. Integers are counted exactly.
  template <Number N = int>
  void Add(N amount = 1) const noexcept {
    detail::CounterCell* const cell = detail::FindCounterCell(bound_.cell);
    if constexpr (std::floating_point<N>) {
      if (cell != nullptr && amount >= 0 && std::isfinite(amount)) [[likely]] {
        cell->AddReal(static_cast<double>(amount));
      } else {
        detail::AddRealSlowly(bound_.recorder, bound_.cell, bound_.loss, static_cast<double>(amount));
      }
    } else {
      if constexpr (std::is_signed_v<N>) {
        if (amount < 0) [[unlikely]] {
          detail::AddNegative(bound_.recorder);
          return;
        }
      }
      if (cell != nullptr) [[likely]] {
        cell->AddWhole(static_cast<std::uint64_t>(amount));
      } else {
        detail::AddWholeSlowly(bound_.recorder, bound_.cell, bound_.loss, static_cast<std::uint64_t>(amount));
      }
    }
  }

 private:
  friend class Recorder;
  explicit Counter(detail::Bound<std::uint32_t> bound) : bound_(bound) {}

  detail::Bound<std::uint32_t> bound_{nullptr, detail::kNoCell, {}};
};

// A value that goes up and down. The newest one counts.
class Gauge {
 public:
  Gauge() = default;

  void Set(double value) const noexcept {
    if (bound_.cell != nullptr && std::isfinite(value)) [[likely]] {
      bound_.cell->value.store(value, std::memory_order_relaxed);
    } else {
      detail::SetSlowly(bound_.recorder, bound_.cell, bound_.loss, value);
    }
  }

  // Atomic, hence slower than Set(), the more so when threads compete. Starts from zero if never set.
  void Add(double amount) const noexcept {
    detail::AddToGauge(bound_.recorder, bound_.cell, bound_.loss, amount);
  }

 private:
  friend class Recorder;
  explicit Gauge(detail::Bound<detail::GaugeCell*> bound) : bound_(bound) {}

  detail::Bound<detail::GaugeCell*> bound_;
};

// A distribution, kept in exponential buckets: a quantile is within 0.55 % of the true one.
class Histogram {
 public:
  Histogram() = default;

  OBS_EXPORT void Record(double value) const noexcept;

 private:
  friend class Recorder;
  explicit Histogram(detail::Bound<std::uint32_t> bound) : bound_(bound) {}

  detail::Bound<std::uint32_t> bound_{nullptr, detail::kNoCell, {}};
};

// A running total that something else keeps and that outlives this process, such as the kernel's: set it to
// what was read there. Shown as a counter; a restart of this process does not count it again from zero.
class SharedTotal {
 public:
  SharedTotal() = default;

  void Set(double total) const noexcept {
    if (bound_.cell != nullptr && std::isfinite(total)) [[likely]] {
      bound_.cell->value.store(total, std::memory_order_relaxed);
    } else {
      detail::SetSlowly(bound_.recorder, bound_.cell, bound_.loss, total);
    }
  }

 private:
  friend class Recorder;
  explicit SharedTotal(detail::Bound<detail::GaugeCell*> bound) : bound_(bound) {}

  detail::Bound<detail::GaugeCell*> bound_;
};

// One request that is being served, from TrackRequest() until it goes out of scope:
//   requests_in_flight          gauge      requests being served now
//   requests_total              counter    requests served
//   request_duration_seconds    histogram  how long each took
class [[nodiscard]] RequestTracker {
 public:
  RequestTracker(RequestTracker&& other) noexcept;
  RequestTracker& operator=(RequestTracker&&) = delete;
  ~RequestTracker() { Finish(); }

  // Ends the request now instead of at the end of the scope.
  OBS_EXPORT void Finish() noexcept;

 private:
  friend class Recorder;
  RequestTracker() = default;

  Recorder* recorder_ = nullptr;  // null once finished
  std::int64_t start_nanos_ = 0;
  Gauge in_flight_;
  Counter total_;
  Histogram duration_;
};

inline RequestTracker::RequestTracker(RequestTracker&& other) noexcept
    : recorder_(other.recorder_),
      start_nanos_(other.start_nanos_),
      in_flight_(other.in_flight_),
      total_(other.total_),
      duration_(other.duration_) {
  other.recorder_ = nullptr;
}

}  // namespace obs
