#include "app/connection_watch.h"

#include <utility>

#include "base/clock.h"
#include "fmt/format.h"

namespace obs {

std::string_view WithoutAddress(std::string_view error, std::string_view address) {
  if (!error.starts_with(address) || !error.substr(address.size()).starts_with(": ")) return error;
  return error.substr(address.size() + 2);
}

ConnectionWatch::ConnectionWatch(std::string address, std::int64_t now_nanos)
    : address_(std::move(address)), patience_until_nanos_(now_nanos + kNanosPerSecond) {}

std::optional<ConnectionWatch::Notice> ConnectionWatch::Update(bool connected, std::string_view error,
                                                               std::int64_t now_nanos) {
  const bool was_connected = std::exchange(connected_, connected);
  if (connected_) {
    told_ = false;
    if (was_connected) return std::nullopt;
    const bool again = std::exchange(ever_connected_, true);
    return Notice{false, fmt::format("{} to {}", again ? "reconnected" : "connected", address_)};
  }
  const bool impatient = ever_connected_ || now_nanos >= patience_until_nanos_;
  if (!impatient || (told_ && error == told_error_)) return std::nullopt;
  told_ = true;
  told_error_ = error;
  const std::string_view why = error.empty() ? "no answer" : WithoutAddress(error, address_);
  return Notice{
      true, fmt::format("{} {}: {}; trying again", was_connected ? "lost" : "cannot reach", address_, why)};
}

}  // namespace obs
