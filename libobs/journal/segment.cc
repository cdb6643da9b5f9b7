#include "journal/segment.h"

#include <bit>
#include <charconv>
#include <cstring>

#include "fmt/format.h"
#include "journal/crc32c.h"

namespace obs {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

constexpr std::string_view kMagic("obsjrnl\x01", 8);
constexpr std::string_view kSuffix = ".journal";
constexpr std::size_t kNameDigits = 20;

template <typename Number>
Number Load(const char* from) {
  Number number = 0;
  std::memcpy(&number, from, sizeof number);
  return number;
}

template <typename Number>
void Store(Number number, char* to) {
  std::memcpy(to, &number, sizeof number);
}

std::uint32_t FrameChecksum(std::uint64_t number, std::string_view payload) {
  char head[12];
  Store(number, head);
  Store(static_cast<std::uint32_t>(payload.size()), head + 8);
  return Crc32c(payload, Crc32c({head, sizeof head}));
}

}  // namespace

std::array<char, kSegmentHeaderBytes> EncodeSegmentHeader(std::uint64_t first) {
  std::array<char, kSegmentHeaderBytes> header;
  std::memcpy(header.data(), kMagic.data(), kMagic.size());
  Store(first, header.data() + 8);
  Store(Crc32c({header.data(), 16}), header.data() + 16);
  return header;
}

std::optional<std::uint64_t> ParseSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  if (Load<std::uint32_t>(bytes.data() + 16) != Crc32c(bytes.substr(0, 16))) return std::nullopt;
  return Load<std::uint64_t>(bytes.data() + 8);
}

std::array<char, kFrameHeadBytes> EncodeFrameHead(std::uint64_t number, std::string_view payload) {
  std::array<char, kFrameHeadBytes> head;
  Store(static_cast<std::uint32_t>(payload.size()), head.data());
  Store(FrameChecksum(number, payload), head.data() + 4);
  return head;
}

Frame ParseFrame(std::string_view bytes, std::uint64_t number) {
  if (bytes.size() < kFrameHeadBytes) return {.state = Frame::State::kIncomplete, .bytes = kFrameHeadBytes};
  const std::size_t length = Load<std::uint32_t>(bytes.data());
  if (length > kMaxRecordBytes) return {};
  const std::size_t size = kFrameHeadBytes + length;
  if (bytes.size() < size) return {.state = Frame::State::kIncomplete, .bytes = size};
  const std::string_view payload = bytes.substr(kFrameHeadBytes, length);
  if (Load<std::uint32_t>(bytes.data() + 4) != FrameChecksum(number, payload)) return {};
  return {.state = Frame::State::kWhole, .bytes = size, .payload = payload};
}

std::string SegmentName(std::uint64_t first) {
  return fmt::format("{:020}{}", first, kSuffix);
}

std::optional<std::uint64_t> ParseSegmentName(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t first = 0;
  const char* const end = name.data() + kNameDigits;
  const auto [parsed, error] = std::from_chars(name.data(), end, first);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return first;
}

}  // namespace obs
