// Where each setting of a command line comes from: an argument, the environment, the file, or nowhere.
//
// Thread safety: main thread only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace obs::cli {

class Settings {
 public:
  // `app` outlives this.
  explicit Settings(const CLI::App& app) : app_(app) {}

  // To be called in turn, as each has been read.
  void NoteArguments();
  void NoteEnvironment();
  void NoteFile(const std::string& path);

  // `option` takes its value from this variable, if from any.
  void NameVariable(const CLI::Option* option, std::string variable) {
    variables_[option] = std::move(variable);
  }

  // "--bind", "$GRPC_PORT", "/etc/obs/aggregate.toml" or "default".
  std::string SourceOf(const CLI::Option* option) const;
  bool IsFromFile(const CLI::Option* option) const;

  // A line a setting, as the file would have it, each with its source as a comment. What is not set is a
  // comment as a whole. Can be used as the file.
  std::string Toml() const;

 private:
  void Note(const std::string& source);

  const CLI::App& app_;
  std::map<const CLI::Option*, std::string> variables_;
  std::map<const CLI::Option*, std::string> sources_;  // of what is set
  std::string file_;
};

}  // namespace obs::cli
