// A key file never crashes the parser, and no message about it quotes a line of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/key_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& parsed : {obs::ParseKeyFile(text, "keys"), obs::ParseKeyList(text, "list")}) {
    if (parsed.ok()) {
      if (parsed->empty()) std::abort();
      for (const obs::KeyEntry& entry : *parsed) {
        if (entry.name.empty() || entry.scopes == 0 || entry.scopes > obs::kAllScopes) std::abort();
      }
    } else {
      // The longest of our own words are well below this.
      if (parsed.status().message().size() > 200) std::abort();
    }
  }
  return 0;
}
