#include "app/check/assertion.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <utility>

#include "app/check/evaluate.h"
#include "app/value_text.h"
#include "base/units.h"
#include "fmt/format.h"
#include "wire/text_cursor.h"

namespace obs {
namespace {

constexpr std::size_t kMaxValuesShown = 5;

bool Holds(double left, Comparison comparison, double right) {
  switch (comparison) {
    case Comparison::kLess: return left < right;
    case Comparison::kLessOrEqual: return left <= right;
    case Comparison::kGreater: return left > right;
    case Comparison::kGreaterOrEqual: return left >= right;
    case Comparison::kEqual: return left == right;
    case Comparison::kNotEqual: return left != right;
  }
  return false;
}

// How far on the wrong side; negative on the right one.
double Excess(const ElementPair& pair, Comparison comparison) {
  const double difference = pair.left.value - pair.right;
  switch (comparison) {
    case Comparison::kLess:
    case Comparison::kLessOrEqual: return difference;
    case Comparison::kGreater:
    case Comparison::kGreaterOrEqual: return -difference;
    case Comparison::kEqual: return std::abs(difference);
    case Comparison::kNotEqual: return -std::abs(difference);
  }
  return difference;
}

void ForEachNode(const Expression& expression, const std::function<void(const Expression&)>& fn) {
  fn(expression);
  if (expression.left != nullptr) ForEachNode(*expression.left, fn);
  if (expression.right != nullptr) ForEachNode(*expression.right, fn);
}

void ForEachNode(const AssertionSyntax& syntax, const std::function<void(const Expression&)>& fn) {
  ForEachNode(*syntax.left, fn);
  if (syntax.right != nullptr) ForEachNode(*syntax.right, fn);
}

std::string PairText(const ElementPair& pair, const AssertionSyntax& syntax) {
  const std::string what = pair.left.Text();
  std::string text = fmt::format("{}{}{}", what, what.empty() ? "" : " ", NumberText(pair.left.value));
  // A bound that is a number stands in the assertion.
  if (!syntax.right->is_scalar) {
    text += fmt::format(" {} {}", ComparisonText(syntax.comparison), NumberText(pair.right));
  }
  return text;
}

std::string PairsText(const std::vector<ElementPair>& pairs, const AssertionSyntax& syntax) {
  std::string text;
  for (std::size_t i = 0; i < std::min(pairs.size(), kMaxValuesShown); ++i) {
    text += (i == 0 ? "" : ", ") + PairText(pairs[i], syntax);
  }
  if (pairs.size() > kMaxValuesShown) text += fmt::format(" and {} more", pairs.size() - kMaxValuesShown);
  return text;
}

// Why there is nothing to compare.
std::string MissingText(const AssertionSyntax& syntax, const WatchedSeries& series) {
  std::string text;
  ForEachNode(syntax, [&](const Expression& node) {
    if (!node.selector || !text.empty()) return;
    std::size_t matching = 0;
    series.ForEach([&](const SeriesIdentity& id, const auto&) { matching += node.selector->Matches(id); });
    if (matching == 0) {
      text = fmt::format("no series matches {}", node.selector->text());
    } else if (node.kind == Expression::Kind::kQuantile) {
      text = fmt::format("{} observed nothing of late", node.selector->text());
    }
  });
  return text.empty() ? "there is no value to compare" : text;
}

}  // namespace

absl::StatusOr<Assertion> Assertion::Parse(std::string_view text) {
  auto syntax = ParseAssertionSyntax(text);
  if (!syntax.ok()) {
    const absl::string_view why = syntax.status().message();
    return absl::InvalidArgumentError(
        fmt::format("assertion {}: {}", Quoted(text), std::string_view(why.data(), why.size())));
  }
  Assertion assertion;
  assertion.text_ = text;
  assertion.syntax_ = *std::move(syntax);
  return assertion;
}

std::vector<std::string> Assertion::selectors() const {
  std::vector<std::string> out;
  ForEachNode(syntax_, [&](const Expression& node) {
    if (node.selector) out.push_back(node.selector->text());
  });
  return out;
}

std::int64_t Assertion::window_ns() const {
  std::int64_t window_ns = 0;
  ForEachNode(syntax_, [&](const Expression& node) { window_ns = std::max(window_ns, node.window_ns); });
  return window_ns;
}

Verdict Assertion::Judge(const WatchedSeries& series) const {
  if (syntax_.right != nullptr) return JudgePairs(series);
  std::vector<std::string> there;
  series.ForEach([&](const SeriesIdentity& id, const auto&) {
    if (!syntax_.left->selector->Matches(id)) return;
    std::vector<LabelPair> labels = {{"service", id.service}, {"instance", id.instance}};
    there.push_back(Element{id.name, *LabelSet::FromPairs(std::move(labels)), 0}.Text());
  });
  if (there.empty()) return {.holds = true, .text = "there is no such series"};
  std::ranges::sort(there);
  const double count = static_cast<double>(there.size());
  const std::size_t shown = std::min(there.size(), kMaxValuesShown);
  std::string text = fmt::format("there is {}", fmt::join(there.begin(), there.begin() + shown, ", "));
  if (shown < there.size()) text += fmt::format(" and {} more", there.size() - shown);
  return {.holds = false, .text = std::move(text), .worst = count};
}

Verdict Assertion::JudgePairs(const WatchedSeries& series) const {
  auto left = Evaluate(*syntax_.left, series);
  const auto right = left.ok() ? Evaluate(*syntax_.right, series) : left;
  if (!right.ok()) {
    const absl::string_view why = right.status().message();
    return {.text = std::string(why.data(), why.size())};
  }
  std::vector<ElementPair> pairs = MatchElements(*std::move(left), *right);
  if (pairs.empty()) return {.text = MissingText(syntax_, series), .is_data_missing = true};
  std::ranges::stable_sort(pairs, [&](const ElementPair& a, const ElementPair& b) {
    return Excess(a, syntax_.comparison) > Excess(b, syntax_.comparison);
  });
  std::vector<ElementPair> failing;
  std::ranges::copy_if(pairs, std::back_inserter(failing), [&](const ElementPair& pair) {
    return !Holds(pair.left.value, syntax_.comparison, pair.right);
  });
  Verdict verdict{.holds = failing.empty(), .worst = (failing.empty() ? pairs : failing)[0].left.value};
  verdict.text = PairsText(failing.empty() ? pairs : failing, syntax_);
  return verdict;
}

void AssertionRun::Observe(const WatchedSeries& series, std::int64_t now_ns, bool may_wait) {
  if (state_ != State::kUndecided) return;
  last_ = assertion_.Judge(series);
  if (!last_->holds) {
    held_since_ns_.reset();
    held_ns_ = 0;
    if (!may_wait) state_ = State::kFailed;
    return;
  }
  if (!held_since_ns_) held_since_ns_ = now_ns;
  held_ns_ = now_ns - *held_since_ns_;
  if (held_ns_ >= for_ns_) state_ = State::kHeld;
}

CheckResult AssertionRun::Result(std::string_view why_not) const {
  CheckResult result{.name = assertion_.text()};
  if (last_ && last_->worst) result.measures.push_back({"value", *last_->worst});
  const std::string text = last_ ? last_->text : "nothing was seen";
  if (state_ == State::kHeld) {
    result.measured = for_ns_ == 0 ? text : fmt::format("{}, held for {}", text, FormatDuration(for_ns_));
    return result;
  }
  result.status = CheckStatus::kFail;
  result.measured = state_ == State::kFailed ? text : fmt::format("{}; {}", text, why_not);
  result.mend = last_ && last_->is_data_missing
                    ? "see with obs-tail what there is, or wait for it with --wait"
                    : "see with obs-tail how it moves";
  return result;
}

}  // namespace obs
