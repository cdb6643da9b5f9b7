#include "common/completion_spec.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace obs::cli {
namespace {

using Value = OptionSpec::Value;

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// How `complete` is told about the value of `option`.
std::string Action(const OptionSpec& option) {
  switch (option.value) {
    case Value::kNone: return "";
    case Value::kFile: return " -r -F";
    case Value::kChoice: return fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
    case Value::kList: return fmt::format(" -x -a '(__fish_append , {})'", fmt::join(option.choices, " "));
    case Value::kOther: break;
  }
  return " -x";
}

// `start` begins each line: the command, and when the options are its.
void AppendOptions(std::string& out, const CommandSpec& command, const std::string& start) {
  for (const OptionSpec& option : command.options) {
    out += start;
    for (const std::string& name : option.names) {
      const bool is_long = name.starts_with("--");
      out += fmt::format(" -{} {}", is_long ? 'l' : 's', name.substr(is_long ? 2 : 1));
    }
    out += fmt::format("{} -d {}\n", Action(option), Quoted(option.help));
  }
}

}  // namespace

std::string FishCompletion(const CommandSpec& program) {
  const std::string start = fmt::format("complete -c {}", program.name);
  std::string out =
      fmt::format("# Completes {0} in fish. Made by {0} --completion fish.\n\n{1} -f\n", program.name, start);
  if (program.commands.empty()) {
    AppendOptions(out, program, start);
    return out;
  }
  const std::string none =
      fmt::format("{} -n 'not __fish_seen_subcommand_from {}'", start, fmt::join(CommandNames(program), " "));
  AppendOptions(out, program, none);
  for (const CommandSpec& command : program.commands) {
    out += fmt::format("\n{} -a {} -d {}\n", none, command.name, Quoted(command.help));
    AppendOptions(out, command, fmt::format("{} -n '__fish_seen_subcommand_from {}'", start, command.name));
  }
  return out;
}

}  // namespace obs::cli
