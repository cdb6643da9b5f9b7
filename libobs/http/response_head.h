// The status line and the headers of a response, as they go out.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "http/message.h"

namespace obs {

// Up to and including the empty line. `now_ns`: Unix time, for Date. Every response forbids content sniffing;
// a page also forbids framing, and scripts from elsewhere unless it bears a Content-Security-Policy of its
// own. A header whose value holds a line break is left out.
std::string FormatResponseHead(const HttpResponse& response, bool keep_alive, std::int64_t now_ns);

// False for the statuses that never have a body.
bool MayHaveBody(int status);

}  // namespace obs
