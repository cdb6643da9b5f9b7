#include "ingest/admission.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/utf8.h"

namespace obs {
namespace {

RejectReason Malformed(absl::string_view what, std::string* detail) {
  detail->assign(what.data(), what.size());
  return RejectReason::kInvalidHistogram;
}

std::vector<double> Doubles(const PackedView& view) {
  std::vector<double> values(view.size);
  DoubleCursor cursor(view.bytes);
  for (double& value : values) value = cursor.Next();
  return values;
}

std::vector<std::uint64_t> Counts(const PackedView& view) {
  std::vector<std::uint64_t> values(view.size);
  VarintCursor cursor(view.bytes);
  for (std::uint64_t& value : values) value = cursor.Next();
  return values;
}

bool ByName(const LabelView& a, const LabelView& b) {
  return a.name < b.name;
}

// True if the labels are sorted by name, each name once.
bool Rises(const std::vector<LabelView>& labels) {
  return std::ranges::adjacent_find(labels, std::not_fn(ByName)) == labels.end();
}

std::optional<RejectReason> AdmitExplicit(const HistogramView& histogram, Distribution* out,
                                          std::string* detail) {
  auto created =
      ExplicitHistogram::Create(Doubles(histogram.bounds), Counts(histogram.counts), histogram.sum);
  if (!created.ok()) return Malformed(created.status().message(), detail);
  *out = *std::move(created);
  return std::nullopt;
}

std::optional<RejectReason> AdmitObservations(const PackedView& observations, Distribution* out) {
  Sketch sketch;
  DoubleCursor cursor(observations.bytes);
  for (std::size_t i = 0; i < observations.size; ++i) {
    const double value = cursor.Next();
    if (!std::isfinite(value)) return RejectReason::kNotFinite;
    sketch.Insert(value);
  }
  *out = std::move(sketch);
  return std::nullopt;
}

std::optional<RejectReason> AdmitSketch(const HistogramView& view, Distribution* out, std::string* detail) {
  Sketch sketch;
  const absl::Status status =
      Sketch::FromParts(view.scale, view.zero_count, {view.positive.offset, Counts(view.positive.counts)},
                        {view.negative.offset, Counts(view.negative.counts)}, view.sketch_count,
                        view.sketch_sum, view.min, view.max, &sketch);
  if (!status.ok()) return Malformed(status.message(), detail);
  *out = std::move(sketch);
  return std::nullopt;
}

}  // namespace

bool IsValidIdentity(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdentityBytes && IsValidUtf8(text);
}

bool IsValidProducer(std::string_view text) {
  return text.size() <= kMaxProducerBytes && IsValidUtf8(text);
}

SeriesFault MergeLabels(std::span<const LabelView> own, std::span<const LabelView> defaults,
                        std::vector<LabelView>* out) {
  out->clear();
  if (own.size() > kMaxLabels) return SeriesFault::kTooManyLabels;
  out->assign(own.begin(), own.end());
  if (!Rises(*out)) {  // as only few clients do
    std::sort(out->begin(), out->end(), ByName);
    if (!Rises(*out)) return SeriesFault::kDuplicateLabel;
  }
  if (defaults.empty()) return SeriesFault::kNone;

  const auto owned = static_cast<std::ptrdiff_t>(out->size());
  for (const LabelView& label : defaults) {
    const auto end = out->begin() + owned;
    const auto found = std::lower_bound(out->begin(), end, label, ByName);
    if (found == end || found->name != label.name) out->push_back(label);
  }
  std::inplace_merge(out->begin(), out->begin() + owned, out->end(), ByName);
  return out->size() > kMaxLabels ? SeriesFault::kTooManyLabels : SeriesFault::kNone;
}

SeriesFault CheckLabelViews(std::span<const LabelView> labels) {
  for (const LabelView& label : labels) {
    const SeriesFault fault = CheckLabel(label.name, label.value);
    if (fault != SeriesFault::kNone) return fault;
  }
  return SeriesFault::kNone;
}

LabelSet ToLabelSet(std::span<const LabelView> labels) {
  return LabelSet::FromSorted(labels);
}

std::optional<RejectReason> AdmitHistogram(const HistogramView& histogram, Distribution* out,
                                           std::string* detail) {
  detail->clear();
  const bool is_explicit = histogram.bounds.size != 0 || histogram.counts.size != 0;
  const bool has_observations = histogram.observations.size != 0;
  if (int{is_explicit} + int{has_observations} + int{histogram.has_sketch} > 1) {
    return Malformed("buckets, observations and sketch exclude each other", detail);
  }
  if (is_explicit) return AdmitExplicit(histogram, out, detail);
  if (histogram.has_sketch) return AdmitSketch(histogram, out, detail);
  return AdmitObservations(histogram.observations, out);  // none: nothing was observed, which is no error
}

}  // namespace obs
