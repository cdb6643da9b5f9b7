#include "ingest/clock_offset.h"

#include <algorithm>

namespace obs {

void ClockOffset::Take(std::int64_t newest_ns, std::int64_t now_ns) {
  const std::int64_t offset_ns = newest_ns - now_ns;
  const std::int64_t passed_ns = now_ns - begin_ns_;
  // Our own clock may be set back, too.
  if (most_ && passed_ns >= 0 && passed_ns < kPeriodNs) {
    most_ = std::max(*most_, offset_ns);
    return;
  }
  const bool follows = passed_ns >= 0 && passed_ns < 2 * kPeriodNs;
  most_before_ = follows ? most_ : std::nullopt;
  most_ = offset_ns;
  begin_ns_ = now_ns;
}

std::optional<std::int64_t> ClockOffset::nanos() const {
  return most_ && most_before_ ? std::max(*most_, *most_before_) : most_;
}

}  // namespace obs
