// Text lines to samples, in any of four formats:
//
//   line        [gauge|counter|histogram] name[{label="value",...}] value [timestamp]        see plain_line.h
//   json        {"kind":"gauge","name":"n","labels":{},"value":1,"timestamp":ms}              see json_line.h
//   statsd      name:value|type[|@rate][|#tag:value,...]                                      see
//   statsd_line.h prometheus  an exposition page, or several one after the other see prometheus_text.h
//
// auto finds out for each line; once it has seen "# TYPE", lines without a kind are an exposition page's.
// Blank lines and lines that begin with "#" are skipped.
//
// No I/O and no clock: lines in, samples out. A bad line is an error and leaves the parser as it was.
//
// Thread safety: one thread.
#pragma once

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "wire/json_line.h"
#include "wire/parsed_sample.h"
#include "wire/prometheus_text.h"
#include "wire/statsd_line.h"

namespace obs {

enum class LineFormat : std::uint8_t { kAuto, kLine, kJson, kStatsd, kPrometheus };

// "auto", "line", "json", "statsd" or "prometheus". Errors: INVALID_ARGUMENT, listing them.
absl::StatusOr<LineFormat> ParseLineFormat(std::string_view name);

class LineParser {
 public:
  // Longer lines are refused. Room for the largest series and 512 buckets.
  static constexpr std::size_t kMaxLineBytes = 256 << 10;

  explicit LineParser(LineFormat format) : format_(format) {}

  // Takes one line, without its newline. Afterwards samples() holds what is now known, often one sample; none
  // for a comment, or for a line that waits for others of its histogram.
  // Errors: INVALID_ARGUMENT, as "column N: what was expected". There may be samples all the same, of other
  // parts of the line or of earlier lines.
  absl::Status Parse(std::string_view line);

  // The input ends: samples() holds those that still waited. Errors as above.
  absl::Status Finish();

  // Valid until the next Parse() or Finish(), and as long as the line's bytes.
  std::span<const ParsedSample> samples() const { return samples_.span(); }

 private:
  LineFormat Detect(std::string_view line) const;

  LineFormat format_;
  ParsedSamples samples_;
  JsonLineParser json_;
  StatsdLineParser statsd_;
  PrometheusTextParser prometheus_;
};

}  // namespace obs
