// Logging: spdlog's default logger, to stderr. Call SetUpLogging() once in main(); then use spdlog::info()
// and so on. Keys and their parts are never logged.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "obs/export.h"

namespace obs {

// `level`: trace, debug, info, warn, error or off.
// `program` prefixes each line. Errors: INVALID_ARGUMENT, listing the levels.
OBS_EXPORT absl::Status SetUpLogging(std::string_view program, std::string_view level);

}  // namespace obs
