// What a watcher asks for: which series, how often, from when on, in which format.
//
// Thread safety: a value; pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "model/selector.h"
#include "wire/live_frame.h"

namespace obs {

inline constexpr int kMaxLiveRateHz = 60;
inline constexpr std::size_t kMaxLiveSelectors = 64;

struct Subscription {
  std::vector<Selector> selectors;  // any of them may match; sorted by text, each text once, never empty
  int rate_hz = kMaxLiveRateHz;     // frames a second, at most
  std::int64_t since_ns = 0;        // history wanted before the live frames; 0: none
  LiveFormat format = LiveFormat::kJson;

  // Watchers of equal keys see the same frames. `since_ns` is no part of it.
  std::string GroupKey() const;

  bool Matches(const SeriesIdentity& series) const;
};

// From the parameters of ws://HOST/ws?match=...&rate=...&since=...&format=... ("match" may repeat; default
// "*"). Errors: INVALID_ARGUMENT naming the parameter.
absl::StatusOr<Subscription> SubscriptionFromQuery(
    const std::vector<std::pair<std::string, std::string>>& parameters);

// From a client's message {"match":["..."],"rate":4,"since":"5m","format":"json"}: what is left out stays as
// in `current`, but for "since", which each subscription asks for anew. Errors: INVALID_ARGUMENT naming the
// field, or the place where the JSON ends to be such.
absl::StatusOr<Subscription> SubscriptionFromMessage(std::string_view json, const Subscription& current);

}  // namespace obs
