// Thread safety: any thread.
#pragma once

#include <string>

namespace obs {

// This machine's name, or "unknown" if it has none.
std::string HostName();

}  // namespace obs
