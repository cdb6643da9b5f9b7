#include "app/check/assertion_syntax.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/units.h"
#include "base/utf8.h"
#include "fmt/format.h"
#include "wire/text_cursor.h"
#include "wire/text_number.h"

namespace obs {
namespace {

using Kind = Expression::Kind;
using Aggregate = Expression::Aggregate;
using ExpressionPtr = std::unique_ptr<const Expression>;

constexpr int kMaxDepth = 64;

constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
    {"<=", Comparison::kLessOrEqual}, {">=", Comparison::kGreaterOrEqual},
    {"==", Comparison::kEqual},       {"!=", Comparison::kNotEqual},
    {"<", Comparison::kLess},         {">", Comparison::kGreater}};

constexpr std::pair<std::string_view, Aggregate> kAggregates[] = {{"sum", Aggregate::kSum},
                                                                  {"avg", Aggregate::kAvg},
                                                                  {"min", Aggregate::kMin},
                                                                  {"max", Aggregate::kMax},
                                                                  {"count", Aggregate::kCount}};

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

bool IsNameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0 ||
         std::string_view("_:.*?").find(c) != std::string_view::npos;
}

// "p95" is 0.95, "p999" is 0.999.
std::optional<double> QuantileOf(std::string_view word) {
  if (word.size() < 2 || word.size() > 5 || word.front() != 'p') return std::nullopt;
  const std::string_view digits = word.substr(1);
  if (!std::ranges::all_of(digits, IsDigit) || digits.front() == '0') return std::nullopt;
  if (digits.size() > 2) {
    if (digits.find_first_not_of('9') != std::string_view::npos) return std::nullopt;
    return 1 - std::pow(10.0, -static_cast<double>(digits.size()));
  }
  return ParseNumber(digits).value_or(0) / 100;
}

// Where the braces that open `text` close, one past; npos if they do not.
std::size_t EndOfBraces(std::string_view text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == '\\' && quote != '`') {
        ++i;
      } else if (c == quote) {
        quote = '\0';
      }
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '}') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::string_view Words(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<AssertionSyntax> Parse() {
    AssertionSyntax out;
    auto left = ParseExpression();
    if (!left.ok()) return left.status();
    out.left = *std::move(left);
    if (AtEnd() && out.left->kind == Kind::kAbsent) return out;
    const auto comparison = TakeComparison();
    if (!comparison) return Expected("an operator or a comparison such as < 50");
    out.comparison = *comparison;
    auto right = ParseExpression();
    if (!right.ok()) return right.status();
    out.right = *std::move(right);
    if (!AtEnd()) return Expected("an operator or the end");
    if (out.left->is_scalar && out.right->is_scalar) return ErrorAt(0, "compares only numbers, no metric");
    return out;
  }

 private:
  bool AtEnd() {
    SkipSpace();
    return position_ == text_.size();
  }
  std::string_view rest() const { return text_.substr(position_); }
  char Peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  void SkipSpace() { position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size()); }
  bool Take(char c) {
    SkipSpace();
    if (position_ == text_.size() || Peek() != c) return false;
    ++position_;
    return true;
  }
  std::string_view PeekWord() const {
    const auto end = std::ranges::find_if_not(rest(), IsNameByte);
    return rest().substr(0, static_cast<std::size_t>(end - rest().begin()));
  }
  // What a bracket would follow: a word, and behind it blanks.
  char After(std::string_view word) const {
    const std::size_t next = text_.find_first_not_of(" \t\r\n", position_ + word.size());
    return next == std::string_view::npos ? '\0' : text_[next];
  }

  static absl::Status ErrorAt(std::size_t position, std::string_view what) {
    return LineError(position + 1, what);
  }
  absl::Status Expected(std::string_view what) {
    if (AtEnd()) return ErrorAt(position_, fmt::format("expected {}, but the assertion ends", what));
    std::string_view word = PeekWord();
    if (word.empty()) word = rest().substr(0, 1);
    return ErrorAt(position_, fmt::format("expected {}, not {}", what, Quoted(word)));
  }

  std::optional<Comparison> TakeComparison() {
    SkipSpace();
    for (const auto& [token, comparison] : kComparisons) {
      if (!rest().starts_with(token)) continue;
      position_ += token.size();
      return comparison;
    }
    return std::nullopt;
  }

  absl::StatusOr<ExpressionPtr> ParseExpression() {
    return ParseChain("+-", [this] { return ParseTerm(); });
  }
  absl::StatusOr<ExpressionPtr> ParseTerm() {
    return ParseChain("*/", [this] { return ParseFactor(); });
  }

  // Operands joined by one of `operators`, from left to right.
  template <typename ParseOperand>
  absl::StatusOr<ExpressionPtr> ParseChain(std::string_view operators, ParseOperand parse_operand) {
    auto left = parse_operand();
    for (int joined = 0; left.ok(); ++joined) {
      SkipSpace();
      const char op = Peek();
      if (op == '\0' || operators.find(op) == std::string_view::npos) return left;
      if (joined == kMaxDepth) return ErrorAt(position_, "too many operators");
      ++position_;
      auto right = parse_operand();
      if (!right.ok()) return right;
      left = Join(*std::move(left), op, *std::move(right));
    }
    return left;
  }

  static ExpressionPtr Join(ExpressionPtr left, char op, ExpressionPtr right) {
    auto out = std::make_unique<Expression>();
    out->kind = Kind::kArithmetic;
    out->op = op;
    out->is_scalar = left->is_scalar && right->is_scalar;
    out->left = std::move(left);
    out->right = std::move(right);
    return out;
  }

  static ExpressionPtr Number(double value) {
    auto out = std::make_unique<Expression>();
    out->number = value;
    out->is_scalar = true;
    return out;
  }

  absl::StatusOr<ExpressionPtr> ParseFactor() {
    if (depth_ == kMaxDepth) return ErrorAt(position_, "nested too deeply");
    ++depth_;
    auto out = ParseFactorHere();
    --depth_;
    return out;
  }

  absl::StatusOr<ExpressionPtr> ParseFactorHere() {
    if (Take('-')) {
      auto operand = ParseFactor();
      if (!operand.ok()) return operand;
      return Join(Number(-1), '*', *std::move(operand));
    }
    if (Take('(')) {
      auto inner = ParseExpression();
      if (inner.ok() && !Take(')')) return Expected("an operator or \")\"");
      return inner;
    }
    SkipSpace();
    if (IsDigit(Peek()) || (Peek() == '.' && position_ + 1 < text_.size() && IsDigit(text_[position_ + 1]))) {
      return ParseNumberHere();
    }
    const std::string_view word = PeekWord();
    if (word.empty() && Peek() != '{') return Expected("a number, a metric or a function");
    const bool is_call = After(word) == '(' || (After(word) == 'b' && IsByCall(word));
    return is_call ? ParseCall(word) : ParseSelectorHere();
  }

  // Whether "by (" follows.
  bool IsByCall(std::string_view word) const {
    std::string_view next = rest().substr(word.size());
    next.remove_prefix(std::min(next.find_first_not_of(" \t\r\n"), next.size()));
    if (!next.starts_with("by")) return false;
    next.remove_prefix(2);
    next.remove_prefix(std::min(next.find_first_not_of(" \t\r\n"), next.size()));
    return next.starts_with("(");
  }

  absl::StatusOr<ExpressionPtr> ParseNumberHere() {
    std::size_t length = 0;
    while (position_ + length < text_.size()) {
      const char c = text_[position_ + length];
      const bool is_exponent_sign =
          (c == '-' || c == '+') && length > 0 && absl::ascii_tolower(text_[position_ + length - 1]) == 'e';
      if (!IsNameByte(c) && !is_exponent_sign) break;
      if (c == '*' || c == '?') break;
      ++length;
    }
    const std::string_view word = rest().substr(0, length);
    const auto value = ParseNumber(word);
    if (!value) {
      return ErrorAt(position_,
                     fmt::format("{} is not a number; values have the metric's own unit", Quoted(word)));
    }
    position_ += length;
    return Number(*value);
  }

  absl::StatusOr<ExpressionPtr> ParseCall(std::string_view word) {
    const std::size_t begin = position_;
    position_ += word.size();
    if (word == "rate") return ParseRate();
    if (word == "absent") return ParseAbsent();
    auto out = std::make_unique<Expression>();
    const auto quantile = QuantileOf(word);
    const auto* const aggregate =
        std::ranges::find(kAggregates, word, &std::pair<std::string_view, Aggregate>::first);
    if (quantile) {
      out->kind = Kind::kQuantile;
      out->number = *quantile;
    } else if (aggregate != std::end(kAggregates)) {
      out->kind = Kind::kAggregate;
      out->aggregate = aggregate->second;
    } else {
      return ErrorAt(begin,
                     fmt::format("unknown function {}; known are p50 to p9999, rate, sum, avg, min, max, "
                                 "count and absent",
                                 Quoted(word)));
    }
    if (auto status = ParseBy(out->by); !status.ok()) return status;
    if (!Take('(')) return Expected("\"(\"");
    if (auto status = ParseOperand(word, *out); !status.ok()) return status;
    if (!Take(')')) return Expected("\")\"");
    if (out->by.empty()) {
      if (auto status = ParseBy(out->by); !status.ok()) return status;
    }
    return ExpressionPtr(std::move(out));
  }

  // What stands in the brackets of a quantile or an aggregate.
  absl::Status ParseOperand(std::string_view function, Expression& out) {
    SkipSpace();
    const std::size_t begin = position_;
    if (out.kind == Kind::kQuantile) {
      auto selector = TakeSelector();
      if (selector.ok()) out.selector = *std::move(selector);
      return selector.status();
    }
    auto operand = ParseExpression();
    if (!operand.ok()) return operand.status();
    if ((*operand)->is_scalar)
      return ErrorAt(begin, fmt::format("{}() takes metrics, not a number", function));
    out.left = *std::move(operand);
    return absl::OkStatus();
  }

  absl::StatusOr<ExpressionPtr> ParseAbsent() {
    auto out = std::make_unique<Expression>();
    out->kind = Kind::kAbsent;
    if (!Take('(')) return Expected("\"(\"");
    auto selector = TakeSelector();
    if (!selector.ok()) return selector.status();
    out->selector = *std::move(selector);
    if (!Take(')')) return Expected("\")\"");
    return ExpressionPtr(std::move(out));
  }

  absl::StatusOr<ExpressionPtr> ParseRate() {
    auto out = std::make_unique<Expression>();
    out->kind = Kind::kRate;
    out->window_ns = kDefaultRateWindowNs;
    if (!Take('(')) return Expected("\"(\"");
    auto selector = TakeSelector();
    if (!selector.ok()) return selector.status();
    out->selector = *std::move(selector);
    if (Take('[')) {
      if (auto status = ParseWindow(&out->window_ns); !status.ok()) return status;
    }
    if (!Take(')')) return Expected("\")\", or a window such as [10s]");
    return ExpressionPtr(std::move(out));
  }

  absl::Status ParseWindow(std::int64_t* window_ns) {
    SkipSpace();
    const std::size_t begin = position_;
    const std::string_view word = rest().substr(0, rest().find_first_of("] \t\r\n"));
    const auto window = ParseDurationNanos(word);
    if (!window.ok()) return ErrorAt(begin, Words(window.status()));
    if (*window < kNanosPerSecond || *window > kMaxRateWindowNs) {
      return ErrorAt(begin, fmt::format("a rate's window is {} to {}", FormatDuration(kNanosPerSecond),
                                        FormatDuration(kMaxRateWindowNs)));
    }
    *window_ns = *window;
    position_ += word.size();
    return Take(']') ? absl::OkStatus() : Expected("\"]\"");
  }

  absl::Status ParseBy(std::vector<std::string>& labels) {
    SkipSpace();
    if (PeekWord() != "by") return absl::OkStatus();
    position_ += 2;
    if (!Take('(')) return Expected("\"(\"");
    if (Take(')')) return absl::OkStatus();
    do {
      SkipSpace();
      const std::string_view label = PeekWord();
      if (label.empty()) return Expected("a label");
      labels.emplace_back(label);
      position_ += label.size();
    } while (Take(','));
    return Take(')') ? absl::OkStatus() : Expected("\",\" or \")\"");
  }

  absl::StatusOr<ExpressionPtr> ParseSelectorHere() {
    auto selector = TakeSelector();
    if (!selector.ok()) return selector.status();
    auto out = std::make_unique<Expression>();
    out->kind = Kind::kSelector;
    out->selector = *std::move(selector);
    return ExpressionPtr(std::move(out));
  }

  absl::StatusOr<Selector> TakeSelector() {
    SkipSpace();
    const std::size_t begin = position_;
    const std::string_view name = PeekWord();
    if (name.empty() ? Peek() != '{' : IsDigit(name.front())) return Expected("a metric");
    position_ += name.size();
    if (After("") == '{') {
      SkipSpace();
      const std::size_t length = EndOfBraces(rest());
      if (length == std::string_view::npos) return ErrorAt(position_, "\"{\" is not closed");
      position_ += length;
    }
    std::string text(text_.substr(begin, position_ - begin));
    // The selector's own grammar knows no blank before the brace.
    text.erase(name.size(), std::min(text.find('{'), text.size()) - name.size());
    auto selector = Selector::Parse(text);
    if (!selector.ok()) return ErrorAt(begin, Words(selector.status()));
    return selector;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string_view ComparisonText(Comparison comparison) {
  return std::ranges::find(kComparisons, comparison, &std::pair<std::string_view, Comparison>::second)->first;
}

absl::StatusOr<AssertionSyntax> ParseAssertionSyntax(std::string_view text) {
  if (text.size() > kMaxAssertionBytes) {
    return absl::InvalidArgumentError(
        fmt::format("it has {} bytes; at most {} are accepted", text.size(), kMaxAssertionBytes));
  }
  if (!IsValidUtf8(text)) return absl::InvalidArgumentError("it is not valid UTF-8");
  return Parser(text).Parse();
}

}  // namespace obs
