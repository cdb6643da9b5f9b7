// telemetry.Ack as the publisher reads it.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace obs {

struct Ack {
  std::uint64_t sequence = 0;    // batches up to it are safe
  std::uint64_t rejected = 0;    // samples, so far on this stream
  std::uint64_t duplicates = 0;  // likewise
  std::vector<std::string> reasons;
};

// Nullopt if `bytes` are no Ack.
std::optional<Ack> ParseAck(std::string_view bytes);

}  // namespace obs
