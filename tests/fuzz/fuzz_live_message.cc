// A watcher's message that changes its subscription.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "live/subscription.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const obs::Subscription current = *obs::SubscriptionFromQuery({});
  const auto wanted = obs::SubscriptionFromMessage({reinterpret_cast<const char*>(data), size}, current);
  // Whatever is accepted is within the limits.
  if (wanted.ok() && (wanted->selectors.empty() || wanted->selectors.size() > obs::kMaxLiveSelectors ||
                      wanted->rate_hz < 1 || wanted->rate_hz > obs::kMaxLiveRateHz || wanted->since_ns < 0)) {
    __builtin_trap();
  }
  return 0;
}
