#include "common/completion_spec.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace obs::cli {
namespace {

using Value = OptionSpec::Value;

// Sets `current` and `previous`, what stands before it, and `command`, the sub-command if there is one.
constexpr char kBegin[] = R"(# Completes {0} in bash. Made by {0} --completion bash.

_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command='' words='' word
  # In --option=value, the "=" is a word of its own.
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]]; then
    previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
    if [[ $word && ' {1} ' == *" $word "* ]]; then
      command=$word
      break
    fi
  done
  COMPREPLY=()

  case "$command $previous" in
)";

constexpr char kMiddle[] = R"(  esac

  case "$command" in
)";

constexpr char kEnd[] = R"(  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}

complete -F _{0} {0}
)";

// What completes the value of `option`, as commands.
std::string Action(const OptionSpec& option) {
  switch (option.value) {
    case Value::kFile: return "compopt -o default; ";
    case Value::kChoice:
      return fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\"); ",
                         fmt::join(option.choices, " "));
    case Value::kList:
      return fmt::format(
          "compopt -o nospace; mapfile -t COMPREPLY < <(compgen -P \"${{current%\"${{current##*,}}\"}}\" "
          "-W '{}' -- \"${{current##*,}}\"); ",
          fmt::join(option.choices, " "));
    case Value::kNone:
    case Value::kOther: break;
  }
  return "";
}

// One case for each option of `command` that wants a value.
void AppendValues(std::string& out, const CommandSpec& command, const std::string& name) {
  for (const OptionSpec& option : command.options) {
    if (option.value == Value::kNone) continue;
    std::string patterns;
    for (const std::string& each : option.names) {
      patterns += fmt::format("{}'{} {}'", patterns.empty() ? "" : " | ", name, each);
    }
    out += fmt::format("    {}) {}return ;;\n", patterns, Action(option));
  }
}

void AppendWords(std::string& out, const CommandSpec& command, const std::string& name) {
  out += fmt::format("    '{}') [[ $current == -* ]] && words='{}' || words='{}' ;;\n", name,
                     fmt::join(OptionNames(command), " "), fmt::join(CommandNames(command), " "));
}

}  // namespace

std::string BashCompletion(const CommandSpec& program) {
  std::string out = fmt::format(kBegin, program.name, fmt::join(CommandNames(program), " "));
  AppendValues(out, program, "");
  for (const CommandSpec& command : program.commands) AppendValues(out, command, command.name);
  out += kMiddle;
  AppendWords(out, program, "");
  for (const CommandSpec& command : program.commands) AppendWords(out, command, command.name);
  return out + fmt::format(kEnd, program.name);
}

}  // namespace obs::cli
