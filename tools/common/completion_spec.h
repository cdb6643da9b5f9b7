// A command line as shells complete it, without CLI11.
//
// Thread safety: values; pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace obs::cli {

struct OptionSpec {
  enum class Value : std::uint8_t {
    kNone,    // a flag
    kChoice,  // one of `choices`
    kList,    // some of `choices`, comma-separated
    kFile,
    kOther,  // what only the user knows
  };

  std::vector<std::string> names;  // "-q", "--quiet"; the long one is last
  std::string help;
  Value value = Value::kNone;
  std::string value_name;  // "FORMAT"
  std::vector<std::string> choices;
  bool repeatable = false;
};

struct CommandSpec {
  std::string name;
  std::string help;
  std::vector<OptionSpec> options;    // of a sub-command: those of its parent too
  std::vector<CommandSpec> commands;  // of one level only
};

CommandSpec SpecOf(const CLI::App& app);

// The long names of all options.
std::vector<std::string> OptionNames(const CommandSpec& command);
// The names of all sub-commands.
std::vector<std::string> CommandNames(const CommandSpec& command);

// ---- The shells ----

std::string BashCompletion(const CommandSpec& program);
std::string ZshCompletion(const CommandSpec& program);
std::string FishCompletion(const CommandSpec& program);

}  // namespace obs::cli
