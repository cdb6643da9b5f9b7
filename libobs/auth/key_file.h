// The text formats of keys.
//
// A key file has one key a line, and what it may do:
//
//   # Comments start with "#".
//   Zk3vQ9...        name=ci  scopes=ingest
//   p0Lw77...        name=wall-screen  scopes=watch
//   mT41xx...
//
// A key is 1 to 512 printable ASCII characters without spaces and commas. `name` (1 to 64 of A-Z a-z 0-9 . _
// -) stands for the key in logs, limits and /api/v1/status; without one it is "file-N", N counting the keys
// from 1. `scopes` is a list of `ingest` and `watch`; without one the key may do both.
//
// Keys are kept as SHA-256 digests only: errors, logs and core dumps have no key to show.
//
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

enum class Scope : std::uint8_t { kIngest = 1, kWatch = 2 };

inline constexpr std::uint8_t kAllScopes = 3;
inline constexpr std::size_t kMaxKeyBytes = 512;

using KeyDigest = std::array<unsigned char, 32>;

struct KeyEntry {
  KeyDigest digest{};
  std::string name;
  std::uint8_t scopes = kAllScopes;  // bits of Scope
};

KeyDigest DigestOf(std::string_view key);

// Errors: INVALID_ARGUMENT "FILE:LINE: what is wrong", never quoting what stands there, as it may be a key; a
// file without any key; a key or a name that occurs twice.
absl::StatusOr<std::vector<KeyEntry>> ParseKeyFile(std::string_view text, std::string_view file);

// Comma-separated keys, named "env-1", "env-2" and so on. Empty places and spaces around commas do not
// matter. Errors: INVALID_ARGUMENT "SOURCE: key 2: what is wrong".
absl::StatusOr<std::vector<KeyEntry>> ParseKeyList(std::string_view text, std::string_view source);

}  // namespace obs
