// Latencies of numbered events, of which an observer sees the newest of each slot.
//
// Event i is in slot i modulo the number of slots. An event that a later one of its slot has overtaken counts
// as seen with it. Each is measured from when it was due, not from when it came about, so that a stall of
// whoever makes them counts against what is measured.
//
// Thread safety: a value; one thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "app/bench/latencies.h"

namespace obs {

class EventLatencies {
 public:
  explicit EventLatencies(std::uint64_t slots) : next_(slots), schedule_(0, 1) {}

  // Counts from event `first` on. What was seen before does not matter.
  void Begin(const OpenLoop& schedule, std::uint64_t first);

  // The newest of its slot. Events may come again.
  void See(std::uint64_t event, std::int64_t now_nanos);

  std::uint64_t seen() const { return seen_; }  // overtaken ones too
  std::uint64_t overtaken() const { return overtaken_; }
  LatencySummary Summary() const { return latencies_.Summary(); }

 private:
  std::vector<std::uint64_t> next_;  // by slot: the first event not seen yet
  OpenLoop schedule_;
  bool begun_ = false;
  std::uint64_t seen_ = 0;
  std::uint64_t overtaken_ = 0;
  Latencies latencies_;
};

}  // namespace obs
