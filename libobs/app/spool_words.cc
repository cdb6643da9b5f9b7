#include "app/spool_words.h"

#include "fmt/format.h"

namespace obs {

std::string SpoolWords(std::string_view directory, std::string_view until_when, std::uint64_t left,
                       std::uint64_t unspooled, std::string_view error) {
  if (directory.empty()) return "";
  if (unspooled == 0) return fmt::format("; they stay in {} {}", directory, until_when);
  const std::string why = error.empty() ? "" : fmt::format(": {}", error);
  if (unspooled >= left) return fmt::format("; they are lost, since they are not in {}{}", directory, why);
  return fmt::format("; {} of them stay in {} {}, and {} are lost, since they are not in it{}",
                     left - unspooled, directory, until_when, unspooled, why);
}

}  // namespace obs
