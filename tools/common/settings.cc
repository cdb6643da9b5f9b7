#include "common/settings.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace obs::cli {
namespace {

constexpr std::size_t kSourceColumn = 40;
constexpr std::string_view kFromArgument = "argument";
constexpr std::string_view kFromEnvironment = "environment";

bool IsFlag(const CLI::Option& option) {
  return option.get_expected_min() == 0;
}

bool IsBare(const std::string& value) {
  return value == "true" || value == "false" ||
         (!value.empty() && value.size() < 18 && value.find_first_not_of("0123456789") == std::string::npos);
}

// A basic string of TOML.
std::string Quoted(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string ValueText(const std::string& value) {
  return IsBare(value) ? value : Quoted(value);
}

// What help says of an option without a value.
constexpr std::string_view kNone = "none";

// "" if it has no value.
std::string ValueText(const CLI::Option& option) {
  if (option.count() == 0) {
    if (IsFlag(option)) return "false";
    const std::string text = option.get_default_str();
    return text.empty() || text == kNone ? "" : ValueText(text);
  }
  if (option.get_items_expected_max() <= 1) return ValueText(option.results().back());
  std::vector<std::string> values;
  for (const std::string& value : option.results()) values.push_back(ValueText(value));
  return fmt::format("[{}]", fmt::join(values, ", "));
}

}  // namespace

void Settings::NoteArguments() {
  for (const CLI::Option* option : app_.parse_order()) sources_.emplace(option, kFromArgument);
}

void Settings::NoteEnvironment() {
  Note(std::string(kFromEnvironment));
}

void Settings::NoteFile(const std::string& path) {
  Note(path);
  file_ = path;
}

void Settings::Note(const std::string& source) {
  for (const CLI::Option* option : app_.get_options()) {
    if (option->count() > 0) sources_.emplace(option, source);
  }
}

std::string Settings::SourceOf(const CLI::Option* option) const {
  const auto source = sources_.find(option);
  if (source == sources_.end()) return "default";
  if (source->second == kFromArgument) return "--" + option->get_lnames().front();
  if (source->second != kFromEnvironment) return source->second;
  const auto variable = variables_.find(option);
  return "$" + (variable == variables_.end() ? option->get_envname() : variable->second);
}

bool Settings::IsFromFile(const CLI::Option* option) const {
  const auto source = sources_.find(option);
  return source != sources_.end() && !file_.empty() && source->second == file_;
}

std::string Settings::Toml() const {
  std::string out;
  for (const CLI::Option* option : app_.get_options()) {
    if (!option->get_configurable() || option->get_lnames().empty()) continue;
    const std::string& name = option->get_lnames().front();
    const std::string value = ValueText(*option);
    const std::string setting = value.empty() ? "# " + name : fmt::format("{} = {}", name, value);
    out +=
        fmt::format("{:<{}}  # {}\n", setting, kSourceColumn, value.empty() ? "not set" : SourceOf(option));
  }
  return out;
}

}  // namespace obs::cli
