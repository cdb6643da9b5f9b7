// Appends JSON to a string, for paths too hot for a JSON library. What is appended is always valid JSON.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace obs {

// Appends `text` in quotes. Bytes that are no UTF-8 become U+FFFD, one for each.
void AppendJsonString(std::string& out, std::string_view text);

// Appends the shortest decimal that reads back as `value`; "null" for NaN and the infinities, which JSON
// lacks.
void AppendJsonNumber(std::string& out, double value);

void AppendJsonInteger(std::string& out, std::uint64_t value);

// Appends microseconds as milliseconds with exactly three decimals: 1700000000000123 is 1700000000000.123.
void AppendJsonMillis(std::string& out, std::int64_t micros);

}  // namespace obs
