#include "wire/series_text.h"

#include "base/utf8.h"
#include "fmt/format.h"
#include "model/series_rules.h"

namespace obs {
namespace {

// What a bare name or label name cannot hold.
constexpr std::string_view kSpecial = " \t\r\n{}\",=";

// Moves behind the closing quote; the cursor is at the opening one. False if there is none.
bool SkipQuoted(TextCursor& cursor) {
  const std::string_view text = cursor.rest();
  for (std::size_t k = 1; k < text.size(); ++k) {
    if (text[k] == '\\') {
      ++k;
    } else if (text[k] == '"') {
      cursor.Advance(k + 1);
      return true;
    }
  }
  return false;
}

absl::Status UnclosedQuote(const TextCursor& cursor) {
  return cursor.Error("the quote is not closed");
}

// Moves behind the closing brace; the cursor is at the opening one.
absl::Status SkipBraces(TextCursor& cursor) {
  const TextCursor begin = cursor;
  cursor.Advance(1);
  while (!cursor.Take('}')) {
    if (cursor.AtEnd()) return begin.Error("\"{\" is not closed");
    if (cursor.Peek() != '"') {
      cursor.Advance(1);
    } else if (!SkipQuoted(cursor)) {
      return UnclosedQuote(cursor);
    }
  }
  return absl::OkStatus();
}

// Reads a quoted string; the cursor is at its opening quote.
absl::Status ReadQuoted(TextCursor& cursor, std::string* out) {
  const TextCursor begin = cursor;
  cursor.Advance(1);
  while (!cursor.Take('"')) {
    if (cursor.AtEnd()) return UnclosedQuote(begin);
    if (cursor.Peek() != '\\') {
      const std::string_view rest = cursor.rest();
      const std::string_view run = rest.substr(0, rest.find_first_of("\"\\"));
      out->append(run);
      cursor.Advance(run.size());
      continue;
    }
    const TextCursor escape = cursor;
    cursor.Advance(1);
    switch (cursor.Peek()) {
      case '\\':
      case '"': *out += cursor.Peek(); break;
      case 'n': *out += '\n'; break;
      default: return escape.Error(R"(unknown escape; only \\, \" and \n are known)");
    }
    cursor.Advance(1);
  }
  return absl::OkStatus();
}

// Reads a name, bare or in quotes. Empty if none is there.
absl::Status ReadName(TextCursor& cursor, std::string* out) {
  if (cursor.Peek() == '"') return ReadQuoted(cursor, out);
  const std::string_view rest = cursor.rest();
  *out = rest.substr(0, rest.find_first_of(kSpecial));
  cursor.Advance(out->size());
  return absl::OkStatus();
}

absl::Status NameError(const TextCursor& at, SeriesFault fault, std::string_view name) {
  if (fault == SeriesFault::kInvalidUtf8) return at.Error("the name is not valid UTF-8");
  if (name.empty()) return at.Error("the name is empty");
  return at.Error(fmt::format("a name of {} bytes; at most {} are accepted", name.size(), kMaxNameBytes));
}

absl::Status LabelError(const TextCursor& at, SeriesFault fault, const LabelPair& label) {
  if (fault == SeriesFault::kInvalidUtf8) return at.Error("the label is not valid UTF-8");
  if (label.name.empty()) return at.Error("the label's name is empty");
  if (label.name.starts_with(kReservedLabelPrefix)) {
    return at.Error(fmt::format("label names that start with {} are reserved", kReservedLabelPrefix));
  }
  if (label.name.size() > kMaxLabelNameBytes) {
    return at.Error(fmt::format("a label name of {} bytes; at most {} are accepted", label.name.size(),
                                kMaxLabelNameBytes));
  }
  return at.Error(fmt::format("a label value of {} bytes; at most {} are accepted", label.value.size(),
                              kMaxLabelValueBytes));
}

absl::Status ReadLabel(TextCursor& cursor, LabelPair* label) {
  const TextCursor begin = cursor;
  if (auto status = ReadName(cursor, &label->name); !status.ok()) return status;
  if (cursor.column() == begin.column()) return cursor.Expected("a label name or \"}\"");
  cursor.SkipBlanks();
  if (!cursor.Take('=')) return cursor.Expected(fmt::format("\"=\" after the label {}", Quoted(label->name)));
  cursor.SkipBlanks();
  if (cursor.Peek() != '"') return cursor.Expected("the label's value in double quotes");
  if (auto status = ReadQuoted(cursor, &label->value); !status.ok()) return status;
  const SeriesFault fault = CheckLabel(label->name, label->value);
  return fault == SeriesFault::kNone ? absl::OkStatus() : LabelError(begin, fault, *label);
}

// The cursor is behind the opening brace.
absl::Status ReadLabels(TextCursor& cursor, std::vector<LabelPair>* labels) {
  cursor.SkipBlanks();
  while (!cursor.Take('}')) {
    if (labels->size() == kMaxLabels) return cursor.Error(fmt::format("more than {} labels", kMaxLabels));
    if (auto status = ReadLabel(cursor, &labels->emplace_back()); !status.ok()) return status;
    cursor.SkipBlanks();
    if (cursor.Peek() == '}') continue;
    if (!cursor.Take(',')) return cursor.Expected("\",\" or \"}\"");
    cursor.SkipBlanks();
  }
  return absl::OkStatus();
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void AppendName(std::string& out, std::string_view name) {
  if (name.empty() || name.find_first_of(kSpecial) != std::string_view::npos) {
    AppendQuoted(out, name);
  } else {
    out += name;
  }
}

template <typename Labels>
void AppendText(std::string& out, std::string_view name, const Labels& labels) {
  AppendName(out, name);
  if (labels.empty()) return;
  char separator = '{';
  for (const auto& label : labels) {
    out += separator;
    separator = ',';
    AppendName(out, label.name);
    out += '=';
    AppendQuoted(out, label.value);
  }
  out += '}';
}

}  // namespace

absl::Status TakeSeriesText(TextCursor& cursor, std::string_view* series) {
  const std::string_view text = cursor.rest();
  const std::size_t begin = cursor.column();
  if (cursor.Peek() == '"') {
    if (!SkipQuoted(cursor)) return UnclosedQuote(cursor);
  } else {
    std::size_t length = 0;
    while (length < text.size() && text[length] != '{' && !IsBlank(text[length])) ++length;
    if (length == 0) return cursor.Expected("a name");
    cursor.Advance(length);
  }
  std::size_t end = cursor.column();
  TextCursor ahead = cursor;
  ahead.SkipBlanks();
  if (ahead.Peek() == '{') {
    if (auto status = SkipBraces(ahead); !status.ok()) return status;
    cursor = ahead;
    end = cursor.column();
  }
  *series = text.substr(0, end - begin);
  return absl::OkStatus();
}

absl::StatusOr<ParsedSeries> ParseSeriesText(std::string_view series, std::size_t column) {
  TextCursor cursor(series, column);
  ParsedSeries out;
  if (auto status = ReadName(cursor, &out.name); !status.ok()) return status;
  const SeriesFault fault = CheckMetricName(out.name);
  if (fault != SeriesFault::kNone) return NameError(TextCursor(series, column), fault, out.name);
  cursor.SkipBlanks();
  if (cursor.Take('{')) {
    std::vector<LabelPair> pairs;
    if (auto status = ReadLabels(cursor, &pairs); !status.ok()) return status;
    auto labels = LabelSet::FromPairs(std::move(pairs));
    if (!labels.ok()) {
      const absl::string_view message = labels.status().message();
      return LineError(column, std::string_view(message.data(), message.size()));
    }
    out.labels = *std::move(labels);
  }
  if (!cursor.AtEnd()) return cursor.Expected("\"{\" or a blank after the name");
  return out;
}

std::string_view BareNameOf(std::string_view series) {
  if (series.starts_with('"')) return series;
  return series.substr(0, series.find_first_of(kSpecial));
}

void AppendSeriesText(std::string& out, std::string_view name, std::span<const LabelPair> labels) {
  AppendText(out, name, labels);
}

void AppendSeriesText(std::string& out, std::string_view name, const LabelSet& labels) {
  AppendText(out, name, labels);
}

}  // namespace obs
