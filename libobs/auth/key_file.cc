#include "auth/key_file.h"

#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::string_view kWhiteSpace = " \t\r";

// Takes the text before the first `separator` (or white space) off `text`.
std::string_view TakeToken(std::string_view* text, std::string_view separators) {
  const std::size_t start = std::min(text->find_first_not_of(separators), text->size());
  text->remove_prefix(start);
  const std::string_view token = text->substr(0, text->find_first_of(separators));
  text->remove_prefix(token.size());
  return token;
}

// What is wrong with `key`, or "".
std::string_view FaultOfKey(std::string_view key) {
  if (key.size() > kMaxKeyBytes) return "the key is longer than 512 bytes";
  for (const unsigned char c : key) {
    if (c <= ' ' || c > '~' || c == ',') return "a key holds only printable ASCII without spaces and commas";
  }
  return {};
}

std::string_view ParseName(std::string_view text, std::string* name) {
  const bool valid = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
  if (!valid || text.empty() || text.size() > kMaxNameBytes) {
    return "a name holds 1 to 64 letters, digits and \".\", \"_\", \"-\"";
  }
  *name = text;
  return {};
}

std::string_view ParseScopes(std::string_view text, std::uint8_t* scopes) {
  *scopes = 0;
  while (!text.empty()) {
    const std::string_view scope = TakeToken(&text, ",");
    if (scope == "ingest") {
      *scopes |= static_cast<std::uint8_t>(Scope::kIngest);
    } else if (scope == "watch") {
      *scopes |= static_cast<std::uint8_t>(Scope::kWatch);
    } else {
      return "scopes are \"ingest\", \"watch\" or \"ingest,watch\"";
    }
  }
  return *scopes == 0 ? "scopes are \"ingest\", \"watch\" or \"ingest,watch\"" : std::string_view();
}

// Parses what follows the key on its line. Returns what is wrong, or "".
std::string_view ParseAttributes(std::string_view text, KeyEntry* entry) {
  while (true) {
    const std::string_view token = TakeToken(&text, kWhiteSpace);
    if (token.empty() || token.front() == '#') return {};
    std::string_view fault = "behind a key only name=NAME and scopes=ingest,watch may stand";
    if (token.starts_with("name=")) fault = ParseName(token.substr(5), &entry->name);
    if (token.starts_with("scopes=")) fault = ParseScopes(token.substr(7), &entry->scopes);
    if (!fault.empty()) return fault;
  }
}

// What makes `entry` unfit beside `others`, or "".
std::string_view FaultBeside(const std::vector<KeyEntry>& others, const KeyEntry& entry) {
  for (const KeyEntry& other : others) {
    if (other.digest == entry.digest) return "the key stands here twice";
    if (other.name == entry.name) return "the name stands here twice";
  }
  return {};
}

}  // namespace

KeyDigest DigestOf(std::string_view key) {
  KeyDigest digest;
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return digest;
}

absl::StatusOr<std::vector<KeyEntry>> ParseKeyFile(std::string_view text, std::string_view file) {
  std::vector<KeyEntry> entries;
  for (int line_number = 1; !text.empty(); ++line_number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view key = TakeToken(&line, kWhiteSpace);
    if (key.empty() || key.front() == '#') continue;

    KeyEntry entry;
    entry.name = fmt::format("file-{}", entries.size() + 1);
    std::string_view fault = FaultOfKey(key);
    if (fault.empty()) fault = ParseAttributes(line, &entry);
    entry.digest = DigestOf(key);
    if (fault.empty()) fault = FaultBeside(entries, entry);
    if (!fault.empty()) return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file, line_number, fault));
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) return absl::InvalidArgumentError(fmt::format("{}: holds no key", file));
  return entries;
}

absl::StatusOr<std::vector<KeyEntry>> ParseKeyList(std::string_view text, std::string_view source) {
  std::vector<KeyEntry> entries;
  while (!text.empty()) {
    std::string_view element = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), element.size() + 1));
    const std::size_t start = std::min(element.find_first_not_of(kWhiteSpace), element.size());
    element = element.substr(start, element.find_last_not_of(kWhiteSpace) + 1 - start);
    if (element.empty()) continue;

    const std::size_t number = entries.size() + 1;
    KeyEntry entry{DigestOf(element), fmt::format("env-{}", number), kAllScopes};
    std::string_view fault = FaultOfKey(element);
    if (fault.empty()) fault = FaultBeside(entries, entry);
    if (!fault.empty())
      return absl::InvalidArgumentError(fmt::format("{}: key {}: {}", source, number, fault));
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) return absl::InvalidArgumentError(fmt::format("{}: holds no key", source));
  return entries;
}

}  // namespace obs
