#include "base/log.h"

#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace obs {

absl::Status SetUpLogging(std::string_view program, std::string_view level) {
  const std::string name = absl::AsciiStrToLower(absl::string_view(level.data(), level.size()));
  const auto parsed = spdlog::level::from_str(name);
  if (parsed == spdlog::level::off && name != "off") {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not a log level; use trace, debug, info, warn, error or off", level));
  }
  auto logger = std::make_shared<spdlog::logger>(std::string(program),
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n %l: %v");
  logger->set_level(parsed);
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

}  // namespace obs
