// Waiting for the signals that stop or reload a program, as plain calls in a plain thread: no handler runs
// anywhere.
//
// Make one first in main(), before any other thread: threads inherit the blocked signals. While it lives,
// SIGINT, SIGTERM and SIGHUP wait until Wait() takes them, and SIGPIPE is ignored: a write to a closed pipe
// or socket returns EPIPE.
//
// Thread safety: one thread calls Wait(), any thread Wake().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "obs/export.h"

namespace obs {

class OBS_EXPORT SignalWaiter {
 public:
  SignalWaiter();
  ~SignalWaiter();  // as it was before
  SignalWaiter(const SignalWaiter&) = delete;
  SignalWaiter& operator=(const SignalWaiter&) = delete;

  // Returns SIGINT, SIGTERM or SIGHUP once one came; 0 once woken; nullopt once `timeout_ns` ran out. Signals
  // of one number that came since the last call may be one.
  std::optional<int> Wait(std::optional<std::int64_t> timeout_ns = std::nullopt);

  // Makes the Wait() under way, or else the next one, return 0.
  void Wake();

 private:
  struct State;  // the platform's, and masks and actions from before

  const std::unique_ptr<State> state_;
};

}  // namespace obs
