// A request target never crashes the parser, and what it gives holds no NUL.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/target.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = obs::ParseHttpTarget(text);
  if (target.ok()) {
    if (target->path.empty() || target->path.front() != '/') std::abort();
    if (target->path.find('\0') != std::string::npos) std::abort();
    for (const auto& [name, value] : target->query) {
      if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) std::abort();
    }
  }
  const auto url = obs::Url::Parse(text);
  if (url.ok() && (url->host.empty() || url->target.find_first_of(" \r\n") != std::string::npos))
    std::abort();
  return 0;
}
