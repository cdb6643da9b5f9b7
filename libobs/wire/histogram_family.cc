#include "wire/histogram_family.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fmt/format.h"
#include "wire/series_text.h"
#include "wire/text_cursor.h"
#include "wire/text_number.h"

namespace obs {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Counts above are not exact as doubles, which is what a page has.
constexpr double kMaxCount = 9007199254740992.0;  // 2^53

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// Takes "le" out of `labels`.
std::optional<std::string> TakeBound(std::vector<LabelPair>& labels) {
  const auto le = std::ranges::find(labels, "le", &LabelPair::name);
  if (le == labels.end()) return std::nullopt;
  std::string bound = std::move(le->value);
  labels.erase(le);
  return bound;
}

// From running totals by rising bound, the last for +Inf, to counts per bucket. nullopt if they fall
// somewhere.
std::optional<std::vector<std::uint64_t>> CountsOf(const std::vector<std::pair<double, double>>& buckets) {
  std::vector<std::uint64_t> counts;
  double below = 0;
  for (const auto& [bound, total] : buckets) {
    if (total < below) return std::nullopt;
    counts.push_back(static_cast<std::uint64_t>(std::llround(total)) -
                     static_cast<std::uint64_t>(std::llround(below)));
    below = total;
  }
  return counts;
}

}  // namespace

absl::Status HistogramFamily::Add(std::string_view family, Part part, std::string_view series,
                                  std::size_t column, double value, std::int64_t timestamp_ns,
                                  ParsedSamples& out) {
  auto parsed = ParseSeriesText(series, column);
  if (!parsed.ok()) return parsed.status();
  std::vector<LabelPair> labels(parsed->labels.begin(), parsed->labels.end());
  double bound = 0;
  if (part == Part::kBucket) {
    const auto le = TakeBound(labels);
    const auto number = le ? ParseNumber(*le) : std::nullopt;
    if (!number || std::isnan(*number)) return LineError(column, "a bucket needs a label le with a number");
    bound = *number;
  }
  if (part != Part::kSum && !(value >= 0 && value <= kMaxCount)) {
    return LineError(column, fmt::format("a count cannot be {}", value));
  }
  std::string key;
  AppendSeriesText(key, family, labels);

  absl::Status status;
  Pending* pending = family == family_ ? Find(key) : nullptr;
  if (family != family_ || (pending != nullptr && pending->Has(part, bound))) {
    status = Flush(out);
    family_ = family;
    pending = nullptr;
  }
  if (pending == nullptr) {
    index_.emplace(key, pending_.size());
    pending = &pending_.emplace_back();
    pending->series = std::move(key);
  }
  pending->Set(part, bound, value);
  pending->timestamp_ns = timestamp_ns;
  return status;
}

bool HistogramFamily::Pending::Has(Part part, double bound) const {
  switch (part) {
    case Part::kSum: return sum.has_value();
    case Part::kCount: return count.has_value();
    case Part::kBucket: break;
  }
  return std::ranges::find(buckets, bound, &Bucket::first) != buckets.end();
}

void HistogramFamily::Pending::Set(Part part, double bound, double value) {
  switch (part) {
    case Part::kSum: sum = value; break;
    case Part::kCount: count = value; break;
    case Part::kBucket: buckets.emplace_back(bound, value); break;
  }
}

HistogramFamily::Pending* HistogramFamily::Find(const std::string& series) {
  if (!pending_.empty() && pending_.back().series == series) return &pending_.back();  // nearly always
  const auto found = index_.find(series);
  return found == index_.end() ? nullptr : &pending_[found->second];
}

absl::Status HistogramFamily::Flush(ParsedSamples& out) {
  absl::Status first_error;
  std::size_t errors = 0;
  for (Pending& pending : pending_) {
    const absl::Status status = Complete(pending, out);
    if (status.ok()) continue;
    first_error.Update(status);
    ++errors;
  }
  pending_.clear();
  index_.clear();
  family_.clear();
  if (errors < 2) return first_error;
  return absl::InvalidArgumentError(
      fmt::format("{} (and {} more histograms)", MessageOf(first_error), errors - 1));
}

absl::StatusOr<ExplicitHistogram> HistogramFamily::Pending::ToHistogram() {
  std::ranges::sort(buckets);
  if (buckets.empty() && !count) return absl::InvalidArgumentError("neither buckets nor a count");
  if (buckets.empty() || buckets.back().first != kInfinity) {
    buckets.emplace_back(kInfinity, count.value_or(buckets.empty() ? 0 : buckets.back().second));
  }
  auto counts = CountsOf(buckets);
  if (!counts) return absl::InvalidArgumentError("a bucket holds less than the one below it");
  std::vector<double> bounds;
  for (const auto& [bound, total] : buckets) {
    if (bound != kInfinity) bounds.push_back(bound);
  }
  return ExplicitHistogram::Create(std::move(bounds), *std::move(counts), sum);
}

absl::Status HistogramFamily::Complete(Pending& pending, ParsedSamples& out) {
  const auto fail = [&](std::string_view what) {
    return absl::InvalidArgumentError(fmt::format("histogram {}: {}", Quoted(pending.series), what));
  };
  auto histogram = pending.ToHistogram();
  if (!histogram.ok()) return fail(MessageOf(histogram.status()));
  const std::string_view series = out.Keep(std::move(pending.series));
  const Distribution* distribution = out.Keep(*std::move(histogram));
  ParsedSample& sample = out.Add();
  sample.series = series;
  sample.kind = MetricKind::kHistogram;
  sample.form = ParsedSample::Form::kRunningDistribution;
  sample.distribution = distribution;
  sample.timestamp_ns = pending.timestamp_ns;
  return absl::OkStatus();
}

}  // namespace obs
