// The log for code that also runs inside other people's programs: never stdout.
//
// Thread safety: any thread.
#pragma once

#include <memory>

#include "spdlog/logger.h"

namespace obs {

// spdlog's default logger if the program has set one up (base/log.h does), and otherwise one to stderr.
std::shared_ptr<spdlog::logger> ClientLog();

}  // namespace obs
