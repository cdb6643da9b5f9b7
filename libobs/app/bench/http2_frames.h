// As much of HTTP/2 (RFC 9113) and HPACK (RFC 7541) as one gRPC call needs that is written for speed: bytes
// and values, no I/O.
//
// Thread safety: values; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace obs {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kHttp2HeaderBytes = 9;

enum class Http2Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8
};

// Flags; their meaning depends on the type.
inline constexpr std::uint8_t kHttp2Ack = 1, kHttp2EndStream = 1, kHttp2EndHeaders = 4;

struct Http2Frame {
  Http2Type type;
  std::uint8_t flags;
  std::uint32_t stream;
  std::string_view payload;
};

// A frame's header, for a payload of `bytes`.
void AppendHttp2Header(std::string& out, Http2Type type, std::uint8_t flags, std::uint32_t stream,
                       std::size_t bytes);

// A block of header fields, as literals that nobody needs to remember.
std::string EncodeHeaderBlock(const std::vector<std::pair<std::string, std::string>>& fields);

// The value of `name` where it stands as a plain literal, as gRPC's C++ server writes it; "" if not found.
std::string FindLiteralHeader(std::string_view block, std::string_view name);

// Big-endian, as all of HTTP/2.
std::uint64_t ReadBigEndian(std::string_view bytes);

// Calls `take` for each whole frame in `buffer` and erases it from there.
void TakeHttp2Frames(std::string& buffer, const std::function<void(const Http2Frame&)>& take);

}  // namespace obs
