#include "agent/client_log.h"

#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace obs {

std::shared_ptr<spdlog::logger> ClientLog() {
  // Untouched, spdlog's default logger has no name and writes to stdout.
  if (auto chosen = spdlog::default_logger(); chosen != nullptr && !chosen->name().empty()) return chosen;
  static const auto to_stderr = [] {
    auto logger = std::make_shared<spdlog::logger>("obs", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n %l: %v");
    return logger;
  }();
  return to_stderr;
}

}  // namespace obs
