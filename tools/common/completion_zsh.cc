#include "common/completion_spec.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace obs::cli {
namespace {

using Value = OptionSpec::Value;

// `text` with a backslash before each of `special`, and fit to stand between single quotes.
std::string Escape(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// How _arguments completes the value of `option`.
std::string Action(const OptionSpec& option) {
  switch (option.value) {
    case Value::kFile: return "_files";
    case Value::kChoice: return fmt::format("({})", fmt::join(option.choices, " "));
    case Value::kList: return fmt::format("_sequence compadd - {}", fmt::join(option.choices, " "));
    case Value::kNone:
    case Value::kOther: break;
  }
  return " ";
}

// One word of _arguments for each name of `option`.
void AppendOption(std::string& out, const OptionSpec& option) {
  const std::string exclusion = option.repeatable ? "*" : fmt::format("({})", fmt::join(option.names, " "));
  for (const std::string& name : option.names) {
    out += fmt::format(" \\\n    '{}{}", exclusion, name);
    const bool is_long = name.starts_with("--");
    if (option.value != Value::kNone) out += is_long ? "=" : "+";
    out += fmt::format("[{}]", Escape(option.help, "[]\\"));
    if (option.value != Value::kNone) {
      out += fmt::format(":{}:{}", Escape(option.value_name, ":\\"), Action(option));
    }
    out += '\'';
  }
}

void AppendOptions(std::string& out, const CommandSpec& command) {
  for (const OptionSpec& option : command.options) AppendOption(out, option);
}

// A program whose first word is a sub-command.
void AppendCommands(std::string& out, const CommandSpec& program) {
  out += "  local curcontext=$curcontext state line ret=1\n  typeset -A opt_args\n  _arguments -C -s -S";
  AppendOptions(out, program);
  out += " \\\n    '1: :->command' '*:: :->argument' && ret=0\n\n  case $state in\n    command)\n";
  out += "      local -a commands=(\n";
  for (const CommandSpec& command : program.commands) {
    out += fmt::format("        '{}:{}'\n", command.name, Escape(command.help, ":\\"));
  }
  out +=
      "      )\n      _describe command commands && ret=0\n      ;;\n    argument)\n      case $line[1] in\n";
  for (const CommandSpec& command : program.commands) {
    out += fmt::format("{}) _arguments -s -S", command.name);
    AppendOptions(out, command);
    out += " && ret=0 ;;\n";
  }
  out += "      esac\n      ;;\n  esac\n  return ret\n";
}

}  // namespace

std::string ZshCompletion(const CommandSpec& program) {
  std::string out = fmt::format(
      "#compdef {0}\n# Completes {0} in zsh. Made by {0} --completion zsh.\n\n_{0}() {{\n", program.name);
  if (program.commands.empty()) {
    out += "  _arguments -s -S";
    AppendOptions(out, program);
    out += '\n';
  } else {
    AppendCommands(out, program);
  }
  // It is the function itself when loaded by its file's name, and only defines it when sourced.
  out +=
      fmt::format("}}\n\nif [[ $funcstack[1] == _{0} ]]; then\n  _{0} \"$@\"\nelse\n  compdef _{0} {0}\nfi\n",
                  program.name);
  return out;
}

}  // namespace obs::cli
