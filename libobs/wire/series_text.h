// A series' name and labels as text, the way Prometheus writes them:
//
//   cpu_seconds_total{core="0", mode="user"}        "a name with blanks"{"a label, too"="x"}
//
// Names and label names may hold any UTF-8; those with a blank or one of {}",= are put in quotes. In quotes,
// \\ is a backslash, \" a quote and \n a newline.
//
// Thread safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/label_set.h"
#include "wire/text_cursor.h"

namespace obs {

struct ParsedSeries {
  std::string name;
  LabelSet labels;
};

// Takes the text of a series off the front of `cursor`: only finds its end, which is what a line whose series
// is known needs. Errors: INVALID_ARGUMENT with the column if a quote or brace is not closed or there is no
// name.
absl::Status TakeSeriesText(TextCursor& cursor, std::string_view* series);

// Reads what TakeSeriesText() took, and checks it by series_rules.h. `column`: ParsedSample::series_column.
// Errors: INVALID_ARGUMENT with the column.
absl::StatusOr<ParsedSeries> ParseSeriesText(std::string_view series, std::size_t column = 1);

// The name alone, as written; no need to parse the labels.
std::string_view BareNameOf(std::string_view series);

// Appends the text that reads back as the same name and labels. Equal sets give equal text.
void AppendSeriesText(std::string& out, std::string_view name, std::span<const LabelPair> labels);
void AppendSeriesText(std::string& out, std::string_view name, const LabelSet& labels);

}  // namespace obs
