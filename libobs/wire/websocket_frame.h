// The header of an unfragmented WebSocket frame as a server sends it: unmasked (RFC 6455, section 5.2).
//
// Thread safety: pure function.
#pragma once

#include <cstdint>
#include <string>

namespace obs {

enum class WebSocketOpcode : std::uint8_t { kText = 1, kBinary = 2 };

inline void AppendWebSocketHeader(std::string& out, WebSocketOpcode opcode, std::uint64_t payload_bytes) {
  constexpr std::uint8_t kFin = 0x80;
  const auto append_size = [&](int bytes) {  // big-endian
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out += static_cast<char>(payload_bytes >> shift);
  };
  out += static_cast<char>(kFin | static_cast<std::uint8_t>(opcode));
  if (payload_bytes < 126) {
    append_size(1);
  } else if (payload_bytes <= 0xFFFF) {
    out += static_cast<char>(126);
    append_size(2);
  } else {
    out += static_cast<char>(127);
    append_size(8);
  }
}

}  // namespace obs
