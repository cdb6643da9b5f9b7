// What one check found, and what all of them come to.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "obs/export.h"

namespace obs {

enum class CheckStatus : std::uint8_t { kOk, kSkip, kWarn, kFail };

// "ok", "skip", "warn" or "fail".
constexpr std::string_view CheckStatusName(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk: return "ok";
    case CheckStatus::kSkip: return "skip";
    case CheckStatus::kWarn: return "warn";
    case CheckStatus::kFail: return "fail";
  }
  return "unknown";
}

// A number that was measured. Unit: "" or "s". `warn` and `fail` are ranges in which it is well, as Nagios's
// plug-ins write them: "2:" is at least 2, "1" is from 0 to 1; empty: there is none.
struct CheckMeasure {
  std::string name;  // as a metric would be named, without unit
  double value = 0;
  std::string unit = {};
  std::string warn = {};
  std::string fail = {};
};

struct CheckResult {
  std::string name;
  CheckStatus status = CheckStatus::kOk;
  std::string measured;   // one line: what was found
  std::string mend = {};  // how to mend it, if it is not ok
  std::vector<CheckMeasure> measures = {};
  double seconds = 0;  // how long it took
  // The aggregator cannot be reached at all, or refuses the key: nothing else can be checked.
  bool is_unreachable = false;
};

struct CheckSummary {
  std::uint64_t ok = 0, skip = 0, warn = 0, fail = 0;
  double seconds = 0;

  void Count(CheckStatus status) {
    switch (status) {
      case CheckStatus::kOk: ++ok; break;
      case CheckStatus::kSkip: ++skip; break;
      case CheckStatus::kWarn: ++warn; break;
      case CheckStatus::kFail: ++fail; break;
    }
  }
  CheckStatus Worst() const {
    return fail > 0 ? CheckStatus::kFail : warn > 0 ? CheckStatus::kWarn : CheckStatus::kOk;
  }
  // "8 ok, 1 failed, 1 skipped".
  OBS_EXPORT std::string Text() const;
};

}  // namespace obs
