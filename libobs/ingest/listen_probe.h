// Finds out why a server could not listen, since gRPC does not tell.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace obs {

// What the system says to a listener on `host` and `port`, for example "Address already in use".
std::string WhyNotListening(const std::string& host, std::uint16_t port);

}  // namespace obs
