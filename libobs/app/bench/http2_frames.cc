#include "app/bench/http2_frames.h"

namespace obs {
namespace {

constexpr std::uint8_t kSevenBits = 0x7f;

// An HPACK integer with a prefix of seven bits, the eighth being 0: a string that is not Huffman-coded.
void AppendLength(std::string& out, std::size_t length) {
  if (length < kSevenBits) {
    out += static_cast<char>(length);
    return;
  }
  out += static_cast<char>(kSevenBits);
  for (length -= kSevenBits; length >= 0x80; length >>= 7) out += static_cast<char>(length | 0x80);
  out += static_cast<char>(length);
}

void AppendBigEndian(std::string& out, std::uint64_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
}

}  // namespace

void AppendHttp2Header(std::string& out, Http2Type type, std::uint8_t flags, std::uint32_t stream,
                       std::size_t bytes) {
  AppendBigEndian(out, bytes, 3);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  AppendBigEndian(out, stream, 4);
}

std::string EncodeHeaderBlock(const std::vector<std::pair<std::string, std::string>>& fields) {
  constexpr char kLiteralWithoutIndexing = 0;
  std::string out;
  for (const auto& [name, value] : fields) {
    out += kLiteralWithoutIndexing;
    AppendLength(out, name.size());
    out += name;
    AppendLength(out, value.size());
    out += value;
  }
  return out;
}

std::string FindLiteralHeader(std::string_view block, std::string_view name) {
  const std::size_t at = block.find(name);
  if (at == block.npos) return "";
  block.remove_prefix(at + name.size());
  if (block.empty()) return "";
  std::size_t length = static_cast<std::uint8_t>(block.front());
  block.remove_prefix(1);
  if (length > kSevenBits) return "";  // Huffman-coded
  if (length == kSevenBits) {
    for (int shift = 0; !block.empty() && shift < 28; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(block.front());
      block.remove_prefix(1);
      length += static_cast<std::size_t>(byte & kSevenBits) << shift;
      if (byte < 0x80) break;
    }
  }
  return std::string(block.substr(0, length));
}

std::uint64_t ReadBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

void TakeHttp2Frames(std::string& buffer, const std::function<void(const Http2Frame&)>& take) {
  std::string_view rest = buffer;
  while (rest.size() >= kHttp2HeaderBytes) {
    const std::size_t size = ReadBigEndian(rest.substr(0, 3));
    if (rest.size() < kHttp2HeaderBytes + size) break;
    const auto stream = static_cast<std::uint32_t>(ReadBigEndian(rest.substr(5, 4)) & 0x7fff'ffff);
    take({static_cast<Http2Type>(rest[3]), static_cast<std::uint8_t>(rest[4]), stream,
          rest.substr(kHttp2HeaderBytes, size)});
    rest.remove_prefix(kHttp2HeaderBytes + size);
  }
  buffer.erase(0, buffer.size() - rest.size());
}

}  // namespace obs
