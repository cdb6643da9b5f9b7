// Scripts that complete a tool's command line in a shell, made from what the tool has declared to CLI11: its
// options, the values they may have, and its sub-commands.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "CLI/CLI.hpp"

namespace obs::cli {

inline const char* const kCompletionShells[] = {"bash", "zsh", "fish"};

// `shell` is one of the above.
std::string CompletionScript(const CLI::App& app, const std::string& shell);

}  // namespace obs::cli
