#include "common/cli.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <string_view>
#include <utility>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/units.h"
#include "common/completion.h"
#include "common/standard_streams.h"
#include "fmt/format.h"

namespace obs::cli {
namespace {

// Makes an option from a parser of text to T.
template <typename T, typename Parser>
CLI::Option* AddParsed(CLI::App& app, const std::string& name, T* target, const std::string& help,
                       Parser parse) {
  const auto assign = [name, target, parse](const std::string& text) {
    const auto value = parse(text);
    if (!value.ok()) throw CLI::ValidationError(name, std::string(value.status().message()));
    *target = *value;
  };
  return app.add_option_function<std::string>(name, assign, help);
}

absl::StatusOr<std::uint16_t> ParsePort(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size()) return port;
  return absl::InvalidArgumentError(
      fmt::format("\"{}\" is not a port; write a number from 0 to 65535", text));
}

// In one line, as CLI11 puts it; without the full stop of some.
std::string Describe(const CLI::ParseError& error) {
  std::string text = error.what();
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace

CommandLine::CommandLine(std::string program, std::string description, std::string footer)
    : app_(std::move(description), std::move(program)) {
  HoldStandardStreams();  // links it in
  app_.set_version_flag("--version", app_.get_name() + " " OBS_VERSION, "Print the version and exit");
  app_.get_formatter()->column_width(34);
  app_.footer(std::move(footer));
  app_.add_flag("-q,--quiet", quiet_, "Say only what went wrong");
  app_.add_flag("-v,--verbose", verbose_, "Say more; twice: much more");
  AddCompletion();
}

// As --version does it: whatever else is missing, the text is printed.
void CommandLine::AddCompletion() {
  const auto print = [this](const std::string& shell) {
    throw CLI::CallForVersion(CompletionScript(app_, shell), 0);  // which prints its text, and ends well
  };
  app_.add_option_function<std::string>("--completion", print,
                                        "Print a script that completes these options in SHELL, and exit")
      ->type_name("SHELL")
      ->check(
          CLI::IsMember(std::vector<std::string>(std::begin(kCompletionShells), std::end(kCompletionShells))))
      ->configurable(false);
}

void CommandLine::AddOutput(std::vector<std::string> formats, std::string* format) {
  app_.add_option("--output", *format, "Format of what goes to stdout")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(std::move(formats)));
}

void CommandLine::AddColor() {
  app_.add_option("--color", color_, "When to use colours; auto: on a terminal, unless NO_COLOR is set")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

void CommandLine::AddAggregator(std::string* address) {
  app_.add_option("--aggregator", *address, "gRPC address of the aggregator")
      ->envname("AGGREGATOR_ADDR")
      ->type_name("HOST:PORT")
      ->capture_default_str();
}

void CommandLine::AddApiKeyFile() {
  api_key_option_ =
      app_.add_option("--api-key-file", api_key_file_, "File whose first line is the key (default: $API_KEY)")
          ->type_name("FILE");
}

CLI::Option* CommandLine::AddWords(const std::string& name, std::vector<std::string>* words,
                                   const std::string& help) {
  takes_words_ = true;
  return app_.add_option(name, *words, help);
}

// CLI11 takes "[a,b]" for two words, and would let a mistake pass for something else.
void CommandLine::CheckWords(int argc, char** argv) const {
  if (!takes_words_) return;
  for (const std::string_view word : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    if (word.starts_with('[') && word.ends_with(']')) {
      throw CLI::ValidationError(fmt::format("\"{}\" is in brackets, which mean nothing here", word));
    }
  }
}

void CommandLine::AddConfigFile() {
  app_.add_option("--config", config_file_, "TOML file for what neither flags nor environment set")
      ->type_name("FILE")
      ->configurable(false);
  app_.add_flag("--check-config", checks_config_,
                "Check arguments, environment and file, print each setting and where it is from, and exit")
      ->configurable(false);
  app_.allow_config_extras(CLI::config_extras_mode::error);
}

// After flags and environment, so that these win: CLI11's own set_config() would put the file above the
// environment.
void CommandLine::ParseConfigFile() {
  if (config_file_.empty()) return;
  std::ifstream file(config_file_);
  if (!file) throw CLI::FileError("cannot read configuration file " + config_file_);
  try {
    app_.parse_from_stream(file);
  } catch (const CLI::ParseError& error) {
    throw CLI::ConfigError(fmt::format("{}: {}", config_file_, Describe(error)));
  }
  settings_.NoteFile(config_file_);
}

void CommandLine::ParseUnitVariables() {
  for (const UnitVariable& each : unit_variables_) {
    const char* text = std::getenv(each.variable.c_str());
    if (each.option->count() > 0 || text == nullptr || *text == '\0') continue;
    const std::string with_unit = text + each.unit;
    if (!ParseDurationNanos(with_unit).ok()) {
      throw CLI::ValidationError(fmt::format("{}: \"{}\" is not a number of {}", each.variable, text,
                                             each.unit == "ms" ? "milliseconds" : "seconds"));
    }
    each.option->add_result(with_unit);
    each.option->run_callback();
  }
}

// "$GRPC_PORT, " if the message is about an option whose value is from the environment; else "".
std::string CommandLine::SourceOfMistake(const std::string& message) const {
  for (const CLI::Option* option : app_.get_options()) {
    if (option->get_envname().empty() || option->get_lnames().empty()) continue;
    const bool is_argument = std::ranges::find(app_.parse_order(), option) != app_.parse_order().end();
    if (message.starts_with("--" + option->get_lnames().front() + ":") && !is_argument) {
      return fmt::format("${}, ", option->get_envname());
    }
  }
  return "";
}

CLI::Option* CommandLine::AddDuration(const std::string& name, std::int64_t* target_nanos,
                                      const std::string& help) {
  return AddDuration(app_, name, target_nanos, help);
}

CLI::Option* CommandLine::AddDuration(CLI::App& command, const std::string& name, std::int64_t* target_nanos,
                                      const std::string& help) {
  return AddParsed(command, name, target_nanos, help, ParseDurationNanos)
      ->type_name("DURATION")
      ->default_str(FormatDuration(*target_nanos));
}

CLI::Option* CommandLine::AddDuration(const std::string& name, std::int64_t* target_nanos,
                                      const std::string& help, const std::string& variable,
                                      const std::string& unit) {
  CLI::Option* const option = AddDuration(name, target_nanos, help);
  unit_variables_.push_back({option, variable, unit});
  settings_.NameVariable(option, variable);
  return option;
}

CLI::Option* CommandLine::AddBytes(const std::string& name, std::uint64_t* target, const std::string& help) {
  return AddParsed(app_, name, target, help, ParseBytes)
      ->type_name("SIZE")
      ->default_str(*target == 0 ? "none" : FormatBytesExactly(*target));
}

CLI::Option* CommandLine::AddPort(const std::string& name, std::uint16_t* target, const std::string& variable,
                                  const std::string& help) {
  return AddParsed(app_, name, target, help, ParsePort)
      ->envname(variable)
      ->type_name("PORT")
      ->default_str(fmt::format("{}", *target));
}

std::optional<int> CommandLine::Parse(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
    CheckWords(argc, argv);
    settings_.NoteArguments();
    ParseUnitVariables();
    settings_.NoteEnvironment();
    ParseConfigFile();
  } catch (const CLI::Success& success) {  // --help, --version
    return app_.exit(success);
  } catch (const CLI::ParseError& error) {
    const std::string what = Describe(error);
    fmt::print(stderr, "{0}: {1}{2}; see {0} --help\n", app_.get_name(), SourceOfMistake(what), what);
    return kExitUsage;
  }
  if (const absl::Status status = SetUpLogging(app_.get_name(), LogLevel()); !status.ok()) {
    return Fail(kExitUsage, status);
  }
  return std::nullopt;
}

std::string CommandLine::LogLevel() const {
  if (quiet_) return "error";
  if (verbose_ == 0) return "warn";
  return verbose_ == 1 ? "info" : "debug";
}

bool CommandLine::UseColor(int fd) const {
  if (color_ != "auto") return color_ == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && isatty(fd) == 1;
}

absl::StatusOr<std::string> CommandLine::ApiKey() const {
  std::string key;
  if (UsesApiKeyFile()) {
    std::ifstream file(api_key_file_);
    if (!file || !std::getline(file, key)) {
      return absl::InvalidArgumentError(fmt::format("cannot read a key from {}", api_key_file_));
    }
  } else if (const char* variable = std::getenv("API_KEY")) {
    key = variable;
  }
  while (!key.empty() && (key.back() == '\r' || key.back() == ' ')) key.pop_back();
  return key;
}

bool CommandLine::UsesApiKeyFile() const {
  if (api_key_file_.empty()) return false;
  const char* variable = std::getenv("API_KEY");
  return !settings_.IsFromFile(api_key_option_) || variable == nullptr || *variable == '\0';
}

std::string CommandLine::ApiKeySource() const {
  if (UsesApiKeyFile()) return fmt::format("{} ({})", api_key_file_, settings_.SourceOf(api_key_option_));
  const char* variable = std::getenv("API_KEY");
  return variable == nullptr || *variable == '\0' ? "" : "$API_KEY";
}

int CommandLine::PrintSettings(const std::vector<std::string>& remarks) const {
  std::string text = settings_.Toml();
  for (const std::string& remark : remarks) text += "# " + remark + "\n";
  text.pop_back();
  if (const absl::Status status = PrintLine(std::move(text)); !status.ok()) return Fail(kExitFailed, status);
  Tell(false, "the configuration is valid");
  return kExitOk;
}

// Not by stdio, which would try again at exit what failed, with SIGPIPE no longer ignored.
absl::Status CommandLine::PrintLine(std::string text) const {
  text += '\n';
  for (std::string_view left = text; !left.empty();) {
    const ssize_t written = ::write(STDOUT_FILENO, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE || errno == EBADF) {
      return absl::OkStatus();
    } else if (errno != EINTR) {
      return absl::DataLossError(fmt::format("cannot write: {}", std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

void CommandLine::Tell(bool is_problem, std::string_view text) const {
  if (is_problem || !quiet_) fmt::print(stderr, "{}: {}\n", app_.get_name(), text);
}

void CommandLine::TellMore(std::string_view text) const {
  if (verbose_ > 0 && !quiet_) fmt::print(stderr, "{}: {}\n", app_.get_name(), text);
}

bool CommandLine::ShowsProgress() const {
  return !quiet_ && isatty(STDERR_FILENO) == 1;
}

int CommandLine::Fail(int code, const absl::Status& status) const {
  const absl::string_view message = status.message();
  fmt::print(stderr, "{}: {}\n", app_.get_name(), std::string_view(message.data(), message.size()));
  return code;
}

}  // namespace obs::cli
