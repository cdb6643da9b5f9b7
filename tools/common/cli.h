// What every tool's command line has in common: --help, --version, -q and -v, completion by shells, colours,
// units, keys, exit codes.
//
// Thread safety: main thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/settings.h"

namespace obs::cli {

class CommandLine {
 public:
  // Adds --version, --completion, -q and -v. `footer` ends the help: examples.
  CommandLine(std::string program, std::string description, std::string footer);

  CLI::App& app() { return app_; }

  // --output, one of `formats`; empty if not given.
  void AddOutput(std::vector<std::string> formats, std::string* format);
  // --color auto|always|never.
  void AddColor();
  // --aggregator, $AGGREGATOR_ADDR; *address holds the default.
  void AddAggregator(std::string* address);
  // --api-key-file; see ApiKey().
  void AddApiKeyFile();

  // What is not an option: any number of words.
  CLI::Option* AddWords(const std::string& name, std::vector<std::string>* words, const std::string& help);

  // --config FILE (TOML): what neither flags nor environment set. Each long option is a key of the file. And
  // --check-config: see checks_config().
  void AddConfigFile();

  // An option whose value is a duration such as 500ms, or a size such as 512MiB; *target holds the default.
  CLI::Option* AddDuration(const std::string& name, std::int64_t* target_nanos, const std::string& help);
  // The same of a sub-command.
  static CLI::Option* AddDuration(CLI::App& command, const std::string& name, std::int64_t* target_nanos,
                                  const std::string& help);
  // The same, also from an environment variable that holds a number without the `unit`.
  CLI::Option* AddDuration(const std::string& name, std::int64_t* target_nanos, const std::string& help,
                           const std::string& variable, const std::string& unit);
  CLI::Option* AddBytes(const std::string& name, std::uint64_t* target, const std::string& help);

  // An option whose value is a port, 0 to 65535, also from the environment; *target holds the default.
  CLI::Option* AddPort(const std::string& name, std::uint16_t* target, const std::string& variable,
                       const std::string& help);

  // Parses, and sets up logging by -q and -v. A code means: exit with it now; help or the error has been
  // printed.
  std::optional<int> Parse(int argc, char** argv);

  // Whether to say where each setting comes from, and exit, once all are found to be valid.
  bool checks_config() const { return checks_config_; }
  // Prints that as TOML, then `remarks`, a comment each, on what is set by other means. The code to exit
  // with.
  int PrintSettings(const std::vector<std::string>& remarks) const;

  // Where ApiKey() is from: "FILE (--api-key-file)", "$API_KEY", or "" if there is none.
  std::string ApiKeySource() const;

  bool quiet() const { return quiet_; }
  bool verbose() const { return verbose_ > 0; }

  // "error", "warn" (default), "info" or "debug", by -q and -v.
  std::string LogLevel() const;

  // Whether to colour what goes to the file descriptor: --color, then NO_COLOR, then whether it is a
  // terminal.
  bool UseColor(int fd) const;

  // The key to present: first line of --api-key-file, else $API_KEY, else empty. $API_KEY comes before an
  // api-key-file that --config names.
  absl::StatusOr<std::string> ApiKey() const;

  // Prints a line to stdout. Errors: DATA_LOSS, with what the system said. A reader that is gone is none.
  absl::Status PrintLine(std::string text) const;

  // Prints "PROGRAM: text" to stderr: problems always, the rest unless -q.
  void Tell(bool is_problem, std::string_view text) const;
  // As Tell(), with -v only.
  void TellMore(std::string_view text) const;
  // Whether long work should show its progress on stderr: on a terminal, unless -q.
  bool ShowsProgress() const;

  // Prints "PROGRAM: message" to stderr, and returns `code`.
  int Fail(int code, const absl::Status& status) const;

 private:
  // A variable without a unit, that CLI11 cannot read by itself.
  struct UnitVariable {
    CLI::Option* option;
    std::string variable;
    std::string unit;
  };

  void AddCompletion();
  void ParseUnitVariables();
  void ParseConfigFile();
  std::string SourceOfMistake(const std::string& message) const;
  bool UsesApiKeyFile() const;
  void CheckWords(int argc, char** argv) const;

  CLI::App app_;
  Settings settings_{app_};
  std::vector<UnitVariable> unit_variables_;
  CLI::Option* api_key_option_ = nullptr;
  bool checks_config_ = false;
  bool takes_words_ = false;
  int verbose_ = 0;
  bool quiet_ = false;
  std::string color_ = "auto";
  std::string api_key_file_;
  std::string config_file_;
};

}  // namespace obs::cli
