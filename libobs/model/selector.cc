#include "model/selector.h"

#include <optional>

#include "base/utf8.h"
#include "fmt/format.h"
#include "model/selector_syntax.h"
#include "re2/re2.h"

namespace obs {
namespace {

using Op = MatcherSyntax::Op;

// For one expression, compiled and cached states together.
constexpr std::int64_t kMaxRegexBytes = 512 << 10;

RE2::Options RegexOptions() {
  RE2::Options options;
  options.set_max_mem(kMaxRegexBytes);
  options.set_log_errors(false);
  options.set_dot_nl(true);  // .* is any value, as in Prometheus
  return options;
}

bool IsContinuation(char c) {
  return (c & 0xC0) == 0x80;
}

// Backs up to the last "*" only, so its time is bounded by the product of both lengths.
bool GlobMatches(std::string_view glob, std::string_view text) {
  std::size_t g = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;  // behind the last "*"
  std::size_t star_text = 0;        // where what the "*" did not take begins
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = ++g;
      star_text = t;
    } else if (g < glob.size() && glob[g] == '?') {
      ++g;
      do ++t;
      while (t < text.size() && IsContinuation(text[t]));
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star) {
      g = *star;
      do ++star_text;
      while (star_text < text.size() && IsContinuation(text[star_text]));
      t = star_text;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

std::string_view ValueOf(const SeriesIdentity& series, std::string_view label) {
  if (label == kNameLabel) return series.name;
  if (label == "service") return series.service;
  if (label == "instance") return series.instance;
  if (label == "kind") return KindName(series.kind);
  return series.labels.Get(label).value_or("");
}

}  // namespace

struct Selector::Matcher {
  MatcherSyntax syntax;
  std::unique_ptr<const RE2> regex;  // of regular expressions only

  bool Matches(const SeriesIdentity& series) const {
    const std::string_view value = ValueOf(series, syntax.label);
    const auto full_match = [&] {
      return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex);
    };
    switch (syntax.op) {
      case Op::kEqual: return value == syntax.value;
      case Op::kNotEqual: return value != syntax.value;
      case Op::kRegex: return full_match();
      case Op::kNotRegex: return !full_match();
      case Op::kGlob: return GlobMatches(syntax.value, value);
    }
    return false;
  }
};

absl::StatusOr<Selector> Selector::Parse(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        fmt::format("selector of {} bytes; at most {} are accepted", text.size(), kMaxTextBytes));
  }
  if (!IsValidUtf8(text)) return absl::InvalidArgumentError("selector is not valid UTF-8");
  auto parsed = ParseSelectorSyntax(text);
  if (!parsed.ok()) return parsed.status();

  Selector selector;
  selector.text_ = text;
  for (MatcherSyntax& syntax : *parsed) {
    auto matcher = std::make_shared<Matcher>();
    if (syntax.op == Op::kRegex || syntax.op == Op::kNotRegex) {
      matcher->regex = std::make_unique<RE2>(syntax.value, RegexOptions());
      if (!matcher->regex->ok()) {
        return SelectorError(syntax.column,
                             fmt::format("bad regular expression: {}", matcher->regex->error()));
      }
    }
    matcher->syntax = std::move(syntax);
    selector.matchers_.push_back(std::move(matcher));
  }
  return selector;
}

bool Selector::Matches(const SeriesIdentity& series) const {
  for (const auto& matcher : matchers_) {
    if (!matcher->Matches(series)) return false;
  }
  return true;
}

}  // namespace obs
