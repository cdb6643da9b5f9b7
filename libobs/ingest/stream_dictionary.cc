#include "ingest/stream_dictionary.h"

#include <utility>

#include "ingest/admission.h"
#include "wire/announcement.h"

namespace obs {
namespace {

// Numbers below this are always looked up in the array, and higher ones while the array stays half full.
constexpr std::size_t kAlwaysLow = 4096;

// What a name or label costs beside its bytes.
constexpr std::size_t kStringOverhead = 32;

bool IsKnownKind(std::uint32_t kind) {
  return kind >= 1 && kind <= 3;
}

}  // namespace

void StreamDictionary::Announce(const AnnouncementView& announcement, std::span<const LabelView> labels,
                                std::span<const LabelView> batch_labels, SeriesFault batch_fault) {
  Ref* const ref = PlaceFor(announcement.ref);
  if (ref == nullptr) return;
  ref->series = nullptr;
  ref->kind =
      IsKnownKind(announcement.kind) ? static_cast<MetricKind>(announcement.kind) : MetricKind::kGauge;
  ref->shared_total = announcement.shared_total;
  Meaning& meaning = meanings_[ref->meaning - 1];
  DropPending(meaning);
  meaning = Meaning();
  meaning.fault = batch_fault != SeriesFault::kNone ? ReasonOf(batch_fault)
                                                    : Note(announcement, labels, batch_labels, meaning);
}

StreamDictionary::Ref* StreamDictionary::PlaceFor(std::uint32_t ref) {
  if (Ref* const known = Find(ref)) return known;
  if (ref > kMaxRef || meanings_.size() == kMaxAnnounced) return nullptr;
  meanings_.emplace_back();
  if (ref >= low_.size() && ref < kAlwaysLow + 2 * meanings_.size()) {
    low_.resize(ref + 1);
    absl::erase_if(high_, [this](const auto& entry) {
      if (entry.first >= low_.size()) return false;
      low_[entry.first] = entry.second;
      return true;
    });
  }
  Ref& place = ref < low_.size() ? low_[ref] : high_[ref];
  place.meaning = static_cast<std::uint32_t>(meanings_.size());
  return &place;
}

std::optional<RejectReason> StreamDictionary::Note(const AnnouncementView& announcement,
                                                   std::span<const LabelView> labels,
                                                   std::span<const LabelView> batch_labels,
                                                   Meaning& meaning) {
  if (!IsKnownKind(announcement.kind)) return RejectReason::kWrongKind;
  SeriesFault fault = CheckMetricName(announcement.name);
  if (fault == SeriesFault::kNone) fault = MergeLabels(labels, batch_labels, &merged_);
  if (fault == SeriesFault::kNone) fault = CheckLabelViews(merged_);
  if (fault != SeriesFault::kNone) return ReasonOf(fault);

  std::size_t bytes = sizeof(Announced) + announcement.name.size();
  for (const LabelView& label : merged_)
    bytes += label.name.size() + label.value.size() + 2 * kStringOverhead;
  if (pending_bytes_ + bytes > kMaxPendingBytes) return RejectReason::kMemoryLimit;
  pending_bytes_ += bytes;
  meaning.pending =
      std::make_unique<Announced>(Announced{std::string(announcement.name), ToLabelSet(merged_), bytes});
  return std::nullopt;
}

void StreamDictionary::DropPending(Meaning& meaning) {
  if (meaning.pending != nullptr) pending_bytes_ -= meaning.pending->bytes;
  meaning.pending = nullptr;
}

void StreamDictionary::Bind(const std::shared_ptr<Node>& node) {
  if (node_ == node) return;
  node_ = node;
  for (Ref& ref : low_) ref.series = nullptr;
  for (auto& [number, ref] : high_) ref.series = nullptr;
}

bool StreamDictionary::Resolve(Ref& ref, NodeWriter& writer, const std::shared_ptr<SeriesQuota>& quota,
                               RejectReason* reason) {
  Meaning& meaning = meanings_[ref.meaning - 1];
  if (meaning.fault) {
    *reason = *meaning.fault;
    return false;
  }
  const LabelSet& labels = meaning.pending ? meaning.pending->labels : meaning.series->identity().labels;
  Refusal refusal = Refusal::kNone;
  SeriesPtr series = writer.Resolve(NameOf(ref), ref.kind, labels, quota, &refusal);
  if (series == nullptr) {
    *reason = ReasonOf(refusal);
    return false;
  }
  meaning.series = std::move(series);
  DropPending(meaning);
  ref.series = meaning.series.get();
  return true;
}

void StreamDictionary::ForEach(const std::function<void(std::uint32_t, std::string_view)>& fn) const {
  const auto visit = [&](std::uint32_t number, const Ref& ref) {
    if (ref.meaning == 0) return;
    const Meaning& meaning = meanings_[ref.meaning - 1];
    if (meaning.fault) return;
    const LabelSet& labels = meaning.pending ? meaning.pending->labels : meaning.series->identity().labels;
    fn(number, EncodeAnnounced(NameOf(ref), ref.kind, labels, ref.shared_total));
  };
  for (std::uint32_t number = 0; number < low_.size(); ++number) visit(number, low_[number]);
  for (const auto& [number, ref] : high_) visit(number, ref);
}

std::string_view StreamDictionary::NameOf(const Ref& ref) const {
  const Meaning& meaning = meanings_[ref.meaning - 1];
  if (meaning.pending) return meaning.pending->name;
  return meaning.series != nullptr ? std::string_view(meaning.series->identity().name) : std::string_view();
}

}  // namespace obs
