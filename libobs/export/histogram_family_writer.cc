#include "export/histogram_family_writer.h"

#include <algorithm>
#include <cmath>

#include "export/text_format.h"

namespace obs {
namespace {

std::span<const std::uint64_t> CountsOf(const std::vector<std::uint64_t>& counts, std::size_t begin,
                                        std::size_t size) {
  return std::span(counts).subspan(begin, size);
}

void AppendBucket(std::string& out, std::string_view name, std::string_view labels, std::string_view le,
                  std::uint64_t count) {
  out += name;
  out += "_bucket{";
  out += labels;
  out += ",le=\"";
  out += le;
  out += "\"} ";
  AppendCount(out, count);
  out += '\n';
}

void AppendSumAndCount(std::string& out, std::string_view name, std::string_view labels, double sum,
                       std::uint64_t count) {
  out += name;
  out += "_sum{";
  out += labels;
  out += "} ";
  AppendValue(out, sum);
  out += '\n';
  out += name;
  out += "_count{";
  out += labels;
  out += "} ";
  AppendCount(out, count);
  out += '\n';
}

}  // namespace

void HistogramFamilyWriter::Add(std::string_view labels, const Distribution& distribution) {
  Entry& entry = entries_.emplace_back();
  entry.labels = labels;
  entry.count = CountOf(distribution);
  entry.sum = SumOf(distribution);
  if (const Sketch* sketch = std::get_if<Sketch>(&distribution)) {
    AddSketch(*sketch, entry);
  } else {
    AddExplicit(std::get<ExplicitHistogram>(distribution), entry);
  }
}

void HistogramFamilyWriter::AddSketch(const Sketch& sketch, Entry& entry) {
  entry.is_sketch = true;
  entry.scale = std::min(sketch.scale(), kScale);
  entry.zero_count = sketch.zero_count();
  entry.positive = AddRun(sketch.positive(), sketch.scale() - entry.scale);
  entry.negative = AddRun(sketch.negative(), sketch.scale() - entry.scale);
}

void HistogramFamilyWriter::AddExplicit(const ExplicitHistogram& histogram, Entry& entry) {
  entry.bounds = histogram.bounds();
  entry.positive = {0, histogram.counts().size(), counts_.size()};
  counts_.insert(counts_.end(), histogram.counts().begin(), histogram.counts().end());
}

// Lowering the scale by one merges buckets 2i and 2i + 1 into bucket i.
HistogramFamilyWriter::Run HistogramFamilyWriter::AddRun(const Sketch::Buckets& buckets, int shift) {
  Run run;
  run.begin = counts_.size();
  if (buckets.counts.empty()) return run;
  run.first = buckets.offset >> shift;
  run.size = static_cast<std::size_t>(
      ((buckets.offset + static_cast<std::int32_t>(buckets.counts.size()) - 1) >> shift) - run.first + 1);
  counts_.resize(run.begin + run.size);
  for (std::size_t k = 0; k < buckets.counts.size(); ++k) {
    const std::int32_t index = (buckets.offset + static_cast<std::int32_t>(k)) >> shift;
    counts_[run.begin + static_cast<std::size_t>(index - run.first)] += buckets.counts[k];
  }
  return run;
}

void HistogramFamilyWriter::Range::Cover(const Run& run, int shift) {
  if (run.size == 0) return;
  first = std::min(first, run.first >> shift);
  last = std::max(last, run.last() >> shift);
}

void HistogramFamilyWriter::Range::RoundTo(std::int32_t octave) {
  if (size() == 0) return;
  first &= -octave;
  last |= octave - 1;
}

void HistogramFamilyWriter::ChooseRange() {
  has_zero_edge_ = false;
  scale_ = kScale;
  for (const Entry& entry : entries_) {
    if (entry.is_sketch) scale_ = std::min(scale_, entry.scale);
  }
  for (;; --scale_) {
    positive_ = negative_ = {};
    for (const Entry& entry : entries_) {
      if (!entry.is_sketch) continue;
      positive_.Cover(entry.positive, entry.scale - scale_);
      negative_.Cover(entry.negative, entry.scale - scale_);
      has_zero_edge_ |= entry.zero_count > 0 || entry.negative.size > 0;
    }
    const std::int32_t octave = 1 << std::max(scale_, 0);
    positive_.RoundTo(octave);
    negative_.RoundTo(octave);
    if (positive_.size() + negative_.size() <= kMaxBounds || scale_ == Sketch::kMinScale) return;
  }
}

void HistogramFamilyWriter::AddEdge(double bound, std::size_t slots) {
  if (std::isinf(bound)) return;  // at the end of what a double can hold
  Edge edge{{}, slots};
  AppendValue(edge.le, bound);
  if (!edges_.empty() && edges_.back().le == edge.le) edges_.pop_back();  // a bound that underflowed to zero
  edges_.push_back(std::move(edge));
}

void HistogramFamilyWriter::LayOutEdges() {
  ChooseRange();
  edges_.clear();
  const std::size_t zero_slot = negative_.size();
  if (negative_.size() > 0) {
    for (std::size_t slots = 0; slots <= negative_.size(); ++slots) {
      AddEdge(-Sketch::UpperBound(negative_.last - static_cast<std::int32_t>(slots), scale_), slots);
    }
  }
  if (has_zero_edge_) AddEdge(0, zero_slot + 1);
  if (positive_.size() > 0) {
    for (std::size_t buckets = 0; buckets <= positive_.size(); ++buckets) {
      AddEdge(Sketch::LowerBound(positive_.first + static_cast<std::int32_t>(buckets), scale_),
              zero_slot + 1 + buckets);
    }
  }
  slots_.resize(negative_.size() + 1 + positive_.size());
}

void HistogramFamilyWriter::WriteSketch(std::string_view name, const Entry& entry, std::string& out) {
  const int shift = entry.scale - scale_;
  const std::size_t zero_slot = negative_.size();
  std::fill(slots_.begin(), slots_.end(), 0);
  for (std::size_t k = 0; k < entry.negative.size; ++k) {
    const std::int32_t index = (entry.negative.first + static_cast<std::int32_t>(k)) >> shift;
    slots_[static_cast<std::size_t>(negative_.last - index)] += counts_[entry.negative.begin + k];
  }
  slots_[zero_slot] = entry.zero_count;
  for (std::size_t k = 0; k < entry.positive.size; ++k) {
    const std::int32_t index = (entry.positive.first + static_cast<std::int32_t>(k)) >> shift;
    slots_[zero_slot + 1 + static_cast<std::size_t>(index - positive_.first)] +=
        counts_[entry.positive.begin + k];
  }

  std::uint64_t cumulative = 0;
  std::size_t slot = 0;
  for (const Edge& edge : edges_) {
    for (; slot < edge.slots; ++slot) cumulative += slots_[slot];
    AppendBucket(out, name, entry.labels, edge.le, cumulative);
  }
}

void HistogramFamilyWriter::WriteExplicit(std::string_view name, const Entry& entry, std::string& out) {
  const auto counts = CountsOf(counts_, entry.positive.begin, entry.positive.size);
  std::uint64_t cumulative = 0;
  std::string le;
  for (std::size_t i = 0; i < entry.bounds.size(); ++i) {
    le.clear();
    AppendValue(le, entry.bounds[i]);
    cumulative += counts[i];
    AppendBucket(out, name, entry.labels, le, cumulative);
  }
}

void HistogramFamilyWriter::Write(std::string_view name, std::string& out) {
  LayOutEdges();
  for (const Entry& entry : entries_) {
    entry.is_sketch ? WriteSketch(name, entry, out) : WriteExplicit(name, entry, out);
    AppendBucket(out, name, entry.labels, "+Inf", entry.count);
    AppendSumAndCount(out, name, entry.labels, entry.sum, entry.count);
  }
  entries_.clear();
  counts_.clear();
}

}  // namespace obs
