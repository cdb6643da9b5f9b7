#include "app/check/evaluate.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "absl/functional/function_ref.h"
#include "app/check/merged_histogram.h"
#include "fmt/format.h"
#include "wire/series_text.h"

namespace obs {
namespace {

using Kind = Expression::Kind;
using Elements = std::vector<Element>;
using Entry = WatchedSeries::Entry;
// Labels as a key, in the order of names.
using Group = std::vector<LabelPair>;

LabelSet LabelsOf(const SeriesIdentity& id) {
  auto own = LabelSet::FromPairs({{"service", id.service}, {"instance", id.instance}});
  return own->WithDefaults(id.labels);
}

absl::Status WrongKind(const SeriesIdentity& id, std::string_view wanted) {
  return absl::FailedPreconditionError(fmt::format("{} is a {}; {}", id.name, KindName(id.kind), wanted));
}

void Sort(Elements& elements) {
  std::ranges::sort(elements, [](const Element& a, const Element& b) {
    return a.name != b.name ? a.name < b.name : std::ranges::lexicographical_compare(a.labels, b.labels);
  });
}

// The labels `by` of `labels`; those that it lacks are left out.
LabelSet Pick(const LabelSet& labels, const std::vector<std::string>& by) {
  std::vector<LabelPair> picked;
  for (const LabelView pair : labels) {
    if (std::ranges::find(by, pair.name) != by.end()) picked.push_back(pair);
  }
  return *LabelSet::FromPairs(std::move(picked));
}

Group KeyOf(const LabelSet& labels) {
  return {labels.begin(), labels.end()};
}

// Calls fn(identity, entry) for what `selector` picks, until one is an error.
absl::Status ForEachMatch(const Selector& selector, const WatchedSeries& series,
                          absl::FunctionRef<absl::Status(const SeriesIdentity&, const Entry&)> fn) {
  absl::Status status;
  series.ForEach([&](const SeriesIdentity& identity, const Entry& entry) {
    if (status.ok() && selector.Matches(identity)) status = fn(identity, entry);
  });
  return status;
}

absl::StatusOr<Elements> EvaluateSelector(const Expression& e, const WatchedSeries& series) {
  Elements out;
  const absl::Status status = ForEachMatch(*e.selector, series, [&](const auto& id, const Entry& entry) {
    if (id.kind == MetricKind::kHistogram) return WrongKind(id, "ask for p99() or rate() of it");
    out.push_back({id.name, LabelsOf(id), entry.value});
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<Elements> EvaluateRate(const Expression& e, const WatchedSeries& series) {
  Elements out;
  const absl::Status status = ForEachMatch(*e.selector, series, [&](const auto& id, const Entry& entry) {
    if (id.kind == MetricKind::kGauge) return WrongKind(id, "rate() takes counters and histograms");
    const auto rate = entry.RatePerSecond(series.now_us(), e.window_ns / kNanosPerMicro);
    if (rate) out.push_back({"", LabelsOf(id), *rate});
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<Elements> EvaluateQuantile(const Expression& e, const WatchedSeries& series) {
  std::map<Group, MergedHistogram> groups;
  const absl::Status status = ForEachMatch(*e.selector, series, [&](const auto& id, const Entry& entry) {
    if (id.kind != MetricKind::kHistogram) return WrongKind(id, "quantiles are of histograms");
    return groups[KeyOf(Pick(LabelsOf(id), e.by))].Add(entry.histogram);
  });
  if (!status.ok()) return status;
  Elements out;
  for (const auto& [group, histogram] : groups) {
    if (histogram.count() > 0) out.push_back({"", *LabelSet::FromPairs(group), histogram.Quantile(e.number)});
  }
  return out;
}

absl::StatusOr<Elements> EvaluateAbsent(const Expression& e, const WatchedSeries& series) {
  bool is_there = false;
  series.ForEach([&](const SeriesIdentity& id, const Entry&) { is_there |= e.selector->Matches(id); });
  if (is_there) return Elements{};
  return Elements{{"", {}, 1}};
}

double Combine(Expression::Aggregate aggregate, const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  switch (aggregate) {
    case Expression::Aggregate::kSum: return sum;
    case Expression::Aggregate::kAvg: return sum / static_cast<double>(values.size());
    case Expression::Aggregate::kMin: return *std::ranges::min_element(values);
    case Expression::Aggregate::kMax: return *std::ranges::max_element(values);
    case Expression::Aggregate::kCount: return static_cast<double>(values.size());
  }
  return sum;
}

// What can be counted needs no value.
absl::StatusOr<Elements> EvaluateCounted(const Expression& operand, const WatchedSeries& series) {
  if (operand.kind != Kind::kSelector) return Evaluate(operand, series);
  Elements out;
  series.ForEach([&](const SeriesIdentity& id, const Entry&) {
    if (operand.selector->Matches(id)) out.push_back({id.name, LabelsOf(id), 1});
  });
  return out;
}

absl::StatusOr<Elements> EvaluateAggregate(const Expression& e, const WatchedSeries& series) {
  const bool counts = e.aggregate == Expression::Aggregate::kCount;
  auto operand = counts ? EvaluateCounted(*e.left, series) : Evaluate(*e.left, series);
  if (!operand.ok()) return operand;
  std::map<Group, std::vector<double>> groups;
  for (const Element& element : *operand) groups[KeyOf(Pick(element.labels, e.by))].push_back(element.value);
  Elements out;
  for (const auto& [group, values] : groups) {
    out.push_back({"", *LabelSet::FromPairs(group), Combine(e.aggregate, values)});
  }
  if (out.empty() && counts && e.by.empty()) out.push_back({});
  return out;
}

double Calculate(double left, char op, double right) {
  switch (op) {
    case '+': return left + right;
    case '-': return left - right;
    case '*': return left * right;
    default: return left / right;
  }
}

absl::StatusOr<Elements> EvaluateArithmetic(const Expression& e, const WatchedSeries& series) {
  auto left = Evaluate(*e.left, series);
  if (!left.ok()) return left;
  const auto right = Evaluate(*e.right, series);
  if (!right.ok()) return right;
  Elements out;
  for (ElementPair& pair : MatchElements(*std::move(left), *right)) {
    const double value = Calculate(pair.left.value, e.op, pair.right);
    out.push_back({"", std::move(pair.left.labels), value});
  }
  return out;
}

bool IsLone(const Elements& elements) {
  return elements.size() == 1 && elements[0].labels.empty();
}

}  // namespace

std::string Element::Text() const {
  if (name.empty() && labels.empty()) return "";
  std::string text;
  if (name.empty()) {
    AppendSeriesText(text, "_", labels);
    text.erase(0, 1);  // braces alone
  } else {
    AppendSeriesText(text, name, labels);
  }
  return text;
}

absl::StatusOr<std::vector<Element>> Evaluate(const Expression& e, const WatchedSeries& series) {
  absl::StatusOr<Elements> out = Elements{};
  switch (e.kind) {
    case Kind::kNumber: out->push_back({"", {}, e.number}); break;
    case Kind::kSelector: out = EvaluateSelector(e, series); break;
    case Kind::kAbsent: out = EvaluateAbsent(e, series); break;
    case Kind::kQuantile: out = EvaluateQuantile(e, series); break;
    case Kind::kRate: out = EvaluateRate(e, series); break;
    case Kind::kAggregate: out = EvaluateAggregate(e, series); break;
    case Kind::kArithmetic: out = EvaluateArithmetic(e, series); break;
  }
  if (out.ok()) Sort(*out);
  return out;
}

std::vector<ElementPair> MatchElements(std::vector<Element> left, const std::vector<Element>& right) {
  std::vector<ElementPair> out;
  if (IsLone(right)) {
    for (Element& element : left) out.push_back({std::move(element), right[0].value});
    return out;
  }
  if (IsLone(left)) {
    for (const Element& element : right) {
      out.push_back({{element.name, element.labels, left[0].value}, element.value});
    }
    return out;
  }
  std::map<Group, double> by_labels;
  for (const Element& element : right) by_labels.emplace(KeyOf(element.labels), element.value);
  for (Element& element : left) {
    const auto found = by_labels.find(KeyOf(element.labels));
    if (found != by_labels.end()) out.push_back({std::move(element), found->second});
  }
  return out;
}

}  // namespace obs
