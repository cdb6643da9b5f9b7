// Thread safety: pure functions.
#pragma once

#include <string_view>

namespace obs {

// True if `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
bool IsValidUtf8(std::string_view text);

}  // namespace obs
