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

  // --config FILE (TOML): what neither flags nor environment set. Each long option is a key of the file.
  void AddConfigFile();

  // An option whose value is a duration such as 500ms, or a size such as 512MiB; *target holds the default.
  CLI::Option* AddDuration(const std::string& name, std::int64_t* target_nanos, const std::string& help);
  // The same of a sub-command.
  static CLI::Option* AddDuration(CLI::App& command, const std::string& name, std::int64_t* target_nanos,
                                  const std::string& help);
  CLI::Option* AddBytes(const std::string& name, std::uint64_t* target, const std::string& help);

  // An option whose value is a port, 0 to 65535, also from the environment; *target holds the default.
  CLI::Option* AddPort(const std::string& name, std::uint16_t* target, const std::string& variable,
                       const std::string& help);

  // Parses, and sets up logging by -q and -v. A code means: exit with it now; help or the error has been
  // printed.
  std::optional<int> Parse(int argc, char** argv);

  // "error", "warn" (default), "info" or "debug", by -q and -v.
  std::string LogLevel() const;

  // Whether to colour what goes to the file descriptor: --color, then NO_COLOR, then whether it is a
  // terminal.
  bool UseColor(int fd) const;

  // The key to present: first line of --api-key-file, else $API_KEY, else empty.
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
  void AddCompletion();
  void ParseConfigFile();
  void CheckWords(int argc, char** argv) const;

  CLI::App app_;
  bool takes_words_ = false;
  int verbose_ = 0;
  bool quiet_ = false;
  std::string color_ = "auto";
  std::string api_key_file_;
  std::string config_file_;
};

}  // namespace obs::cli
