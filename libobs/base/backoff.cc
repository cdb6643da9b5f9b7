#include "base/backoff.h"

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

namespace obs {

Backoff::Backoff(Options options, std::function<double()> random)
    : options_(options), random_(std::move(random)), limit_nanos_(options.initial_nanos) {}

std::int64_t Backoff::NextDelayNanos(std::optional<std::int64_t> hint) {
  const std::int64_t delay = Spread(limit_nanos_);
  limit_nanos_ = limit_nanos_ > options_.max_nanos / 2 ? options_.max_nanos : 2 * limit_nanos_;
  // A server cannot make a client wait for ever.
  return delay + std::clamp<std::int64_t>(hint.value_or(0), 0, options_.max_nanos);
}

std::int64_t Backoff::LongestDelayNanos() {
  return options_.max_nanos - Spread(options_.max_nanos / 4);
}

std::function<double()> Backoff::SystemRandom() {
  return [engine = std::mt19937_64(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

std::int64_t Backoff::Spread(std::int64_t limit_nanos) {
  return static_cast<std::int64_t>(static_cast<double>(limit_nanos) * random_());
}

}  // namespace obs
