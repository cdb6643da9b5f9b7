#include "wire/line_parser.h"

#include <array>

#include "fmt/format.h"
#include "wire/plain_line.h"
#include "wire/text_cursor.h"

namespace obs {
namespace {

struct NamedFormat {
  std::string_view name;
  LineFormat format;
};

constexpr std::array<NamedFormat, 5> kFormats{{{"auto", LineFormat::kAuto},
                                               {"line", LineFormat::kLine},
                                               {"json", LineFormat::kJson},
                                               {"statsd", LineFormat::kStatsd},
                                               {"prometheus", LineFormat::kPrometheus}}};

// A "|" after the name tells StatsD: in other formats a brace or a blank comes first.
bool LooksLikeStatsd(std::string_view line) {
  const std::size_t k = line.find_first_of(" \t{|\"");
  return k != std::string_view::npos && line[k] == '|' &&
         line.substr(0, k).find(':') != std::string_view::npos;
}

bool BeginsWithKind(std::string_view line) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  return word == "gauge" || word == "counter" || word == "histogram";
}

}  // namespace

absl::StatusOr<LineFormat> ParseLineFormat(std::string_view name) {
  for (const NamedFormat& known : kFormats) {
    if (known.name == name) return known.format;
  }
  return absl::InvalidArgumentError(
      fmt::format("{} is not a format; use auto, line, json, statsd or prometheus", Quoted(name)));
}

LineFormat LineParser::Detect(std::string_view line) const {
  if (line.front() == '{') return LineFormat::kJson;
  if (LooksLikeStatsd(line)) return LineFormat::kStatsd;
  if (prometheus_.has_seen_type() && !BeginsWithKind(line)) return LineFormat::kPrometheus;
  return LineFormat::kLine;
}

absl::Status LineParser::Parse(std::string_view line) {
  samples_.Clear();
  if (line.size() > kMaxLineBytes) {
    return absl::InvalidArgumentError(
        fmt::format("a line of {} bytes; at most {} are accepted", line.size(), kMaxLineBytes));
  }
  TextCursor begin(line);
  begin.SkipBlanks();
  if (begin.AtEnd()) return absl::OkStatus();
  if (begin.Peek() == '#') {
    const bool has_types = format_ == LineFormat::kAuto || format_ == LineFormat::kPrometheus;
    return has_types ? prometheus_.Parse(line, samples_) : absl::OkStatus();
  }
  switch (format_ == LineFormat::kAuto ? Detect(begin.rest()) : format_) {
    case LineFormat::kJson: return json_.Parse(line, samples_);
    case LineFormat::kStatsd: return statsd_.Parse(line, samples_);
    case LineFormat::kPrometheus: return prometheus_.Parse(line, samples_);
    case LineFormat::kAuto:
    case LineFormat::kLine: break;
  }
  return ParsePlainLine(line, samples_);
}

absl::Status LineParser::Finish() {
  samples_.Clear();
  return prometheus_.Finish(samples_);
}

}  // namespace obs
