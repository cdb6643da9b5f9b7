// Waits for what another thread is about to bring about.
#pragma once

#include <chrono>
#include <thread>

namespace obs::testing {

// Returns true as soon as `condition()` holds, false if it does not within 20 s.
template <typename Condition>
bool WaitUntil(Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace obs::testing
