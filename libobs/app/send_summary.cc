#include "app/sender.h"
#include "nlohmann/json.hpp"

namespace obs {

ExitCode SendSummary::exit_code() const {
  if (interrupted) return kExitInterrupted;
  if (absl::IsInvalidArgument(delivery) || bad_words) return kExitUsage;
  if (spool_failed) return kExitFailed;
  if (!delivery.ok()) return kExitUnreachable;
  const bool all_well =
      (samples > 0 || taken_over > 0) && bad_lines == 0 && rejected == 0 && dropped == 0 && !input_failed;
  return all_well ? kExitOk : kExitFailed;
}

std::string SendSummary::ToJson() const {
  const nlohmann::ordered_json json = {
      {"lines", lines},     {"bad_lines", bad_lines},       {"frames", frames},
      {"samples", samples}, {"acknowledged", acknowledged}, {"rejected", rejected},
      {"dropped", dropped}, {"reasons", reasons},           {"error", std::string(delivery.message())},
  };
  // Reasons quote what strangers sent.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace obs
