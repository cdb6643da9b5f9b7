#include "common/completion_spec.h"

#include <algorithm>
#include <string_view>

#include "common/completion.h"

namespace obs::cli {
namespace {

using Value = OptionSpec::Value;

// CLI11 tells an option's choices only in the name of its type: "FORMAT:{text,json}".
std::vector<std::string> ChoicesIn(std::string_view type) {
  std::vector<std::string> choices;
  const std::size_t open = type.find(":{");
  if (open == std::string_view::npos) return choices;
  type.remove_prefix(open + 2);
  type = type.substr(0, type.find('}'));
  while (!type.empty()) {
    const std::string_view choice = type.substr(0, type.find(','));
    choices.emplace_back(choice);
    type.remove_prefix(std::min(choice.size() + 1, type.size()));
  }
  return choices;
}

Value ValueOf(const CLI::Option& option, const OptionSpec& spec) {
  if (option.get_expected_max() == 0) return Value::kNone;
  if (!spec.choices.empty()) return option.get_delimiter() == '\0' ? Value::kChoice : Value::kList;
  return spec.value_name == "FILE" ? Value::kFile : Value::kOther;
}

OptionSpec SpecOf(const CLI::Option& option) {
  OptionSpec spec;
  for (const std::string& name : option.get_snames()) spec.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) spec.names.push_back("--" + name);
  spec.help = option.get_description();
  const std::string type = option.get_type_name();
  spec.value_name = type.substr(0, type.find(':', type.starts_with("HOST:") ? 5 : 0));
  spec.choices = ChoicesIn(type);
  spec.value = ValueOf(option, spec);
  spec.repeatable = option.get_items_expected_max() > 1 && spec.value != Value::kList;
  return spec;
}

bool Has(const CommandSpec& command, const OptionSpec& option) {
  return std::ranges::any_of(command.options,
                             [&](const OptionSpec& each) { return each.names == option.names; });
}

CommandSpec SpecAlone(const CLI::App& app) {
  CommandSpec spec;
  spec.name = app.get_name();
  spec.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) spec.options.push_back(SpecOf(*option));
  }
  return spec;
}

}  // namespace

CommandSpec SpecOf(const CLI::App& app) {
  CommandSpec program = SpecAlone(app);
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    CommandSpec command = SpecAlone(*each);
    for (const OptionSpec& option : program.options) {
      if (each->get_fallthrough() && !Has(command, option)) command.options.push_back(option);
    }
    program.commands.push_back(std::move(command));
  }
  return program;
}

std::vector<std::string> OptionNames(const CommandSpec& command) {
  std::vector<std::string> names;
  for (const OptionSpec& option : command.options) names.push_back(option.names.back());
  return names;
}

std::vector<std::string> CommandNames(const CommandSpec& command) {
  std::vector<std::string> names;
  for (const CommandSpec& each : command.commands) names.push_back(each.name);
  return names;
}

std::string CompletionScript(const CLI::App& app, const std::string& shell) {
  const CommandSpec program = SpecOf(app);
  if (shell == "bash") return BashCompletion(program);
  if (shell == "zsh") return ZshCompletion(program);
  return FishCompletion(program);
}

}  // namespace obs::cli
