// How checks are written: for people, as JSON Lines, TAP version 14, JUnit XML, or a Nagios plug-in's output.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "app/check/result.h"
#include "obs/export.h"

namespace obs {

// Each method returns lines to print, without the last line's end; "" if there is nothing to print yet.
class OBS_EXPORT CheckReport {
 public:
  virtual ~CheckReport() = default;

  // Once, first: how many checks there will be.
  virtual std::string Begin(std::size_t checks) = 0;
  virtual std::string Add(const CheckResult& result) = 0;
  // Once, last.
  virtual std::string End(const CheckSummary& summary) = 0;
};

struct CheckReportStyle {
  bool color = false;          // of text
  bool problems_only = false;  // text leaves out what is well
  bool skipped_too = false;    // text shows what was skipped
  std::int64_t now_ns = 0;     // Unix time, of JUnit's time stamp
  std::string host = {};       // of JUnit's; "": this machine
};

// `format`: text, json, tap, junit or nagios.
OBS_EXPORT std::unique_ptr<CheckReport> MakeCheckReport(std::string_view format, CheckReportStyle style);

// ---- One for each format ----

std::unique_ptr<CheckReport> MakeTextReport(CheckReportStyle style);
std::unique_ptr<CheckReport> MakeJsonReport();
std::unique_ptr<CheckReport> MakeTapReport();
std::unique_ptr<CheckReport> MakeJunitReport(CheckReportStyle style);
std::unique_ptr<CheckReport> MakeNagiosReport();

// The exit code that Nagios gives this: 0 ok, 1 warning, 2 critical, 3 unknown.
OBS_EXPORT int NagiosExitCode(const CheckSummary& summary);
inline constexpr int kNagiosUnknown = 3;

}  // namespace obs
