#include "ingest/journal_record.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ingest/admission.h"
#include "wire/announcement.h"
#include "wire/batch_decoder.h"
#include "wire/batch_writer.h"
#include "wire/proto_reader.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

constexpr std::string_view kOwner = "obs-aggregate";
constexpr std::uint32_t kHeadOwner = 1;

enum class Type : std::uint8_t { kEpoch = 1, kStream = 2, kBatch = 3, kInstance = 4, kTime = 5 };

// Fields of all records; each has the first, and what it needs of the others.
constexpr std::uint32_t kType = 1;
constexpr std::uint32_t kEpoch = 2;
constexpr std::uint32_t kTime = 3;  // of receipt
constexpr std::uint32_t kBeginsLife = 4;
constexpr std::uint32_t kTotals = 5;  // Totals
constexpr std::uint32_t kStream = 6;
constexpr std::uint32_t kBegins = 7;
constexpr std::uint32_t kEnds = 8;
constexpr std::uint32_t kKey = 9;
constexpr std::uint32_t kSlot = 10;
constexpr std::uint32_t kBaseline = 11;
constexpr std::uint32_t kApplied = 12;
constexpr std::uint32_t kBytes = 13;  // a TelemetryBatch
constexpr std::uint32_t kService = 14;
constexpr std::uint32_t kInstance = 15;
constexpr std::uint32_t kAccount = 16;  // Account, repeated
constexpr std::uint32_t kSeries = 17;   // Series, repeated
constexpr std::uint32_t kMonotonic = 18;
constexpr std::uint32_t kComplete = 19;
// Of SampleCounts, also in Totals and Account.
constexpr std::uint32_t kAccepted = 20;
constexpr std::uint32_t kStale = 21;
constexpr std::uint32_t kResent = 22;
constexpr std::uint32_t kRejected = 23;  // map<string, uint64>
// Of Totals and Account.
constexpr std::uint32_t kBatches = 24;
constexpr std::uint32_t kSent = 25;
constexpr std::uint32_t kDropped = 26;  // map<string, uint64>
// Of Account, beside kSlot and kBaseline.
constexpr std::uint32_t kProducer = 30;
constexpr std::uint32_t kHasState = 31;
constexpr std::uint32_t kHighestApplied = 32;
constexpr std::uint32_t kFirstSeen = 33;
constexpr std::uint32_t kLastSeen = 34;
constexpr std::uint32_t kReports = 35;
constexpr std::uint32_t kReportedSent = 36;
constexpr std::uint32_t kArrivedAtReport = 37;
constexpr std::uint32_t kSentBefore = 38;
// Of Series, whose place in the record is its ref in kBytes, which has identities and distributions.
constexpr std::uint32_t kTimestamp = 40;  // Unix microseconds
constexpr std::uint32_t kAge = 41;        // nanoseconds between the newest sample's receipt and kMonotonic
constexpr std::uint32_t kValue = 42;      // double
constexpr std::uint32_t kSeriesKey = 43;  // name of the key
constexpr std::uint32_t kBaselineTotal = 44;  // Baseline, repeated
// Of Baseline, beside kBaseline, kTimestamp (in nanoseconds), kAge and kValue: nothing.

// Slots are counted up from 1, one for each stream without an id that an instance has at a time.
constexpr std::uint64_t kMaxSlot = 1'000'000;

// Far from where arithmetic with them would overflow, in whatever unit.
constexpr std::int64_t kMaxTime = std::numeric_limits<std::int64_t>::max() / 4;

bool IsTime(std::int64_t value) {
  return value >= 0 && value <= kMaxTime;
}

constexpr std::uint32_t VarintTag(std::uint32_t field) {
  return FieldTag(field, WireType::kVarint);
}
constexpr std::uint32_t DoubleTag(std::uint32_t field) {
  return FieldTag(field, WireType::kFixed64);
}
constexpr std::uint32_t BytesTag(std::uint32_t field) {
  return FieldTag(field, WireType::kBytes);
}

void AppendNumber(std::string& out, std::uint32_t field, std::uint64_t value) {
  if (value != 0) AppendVarintField(out, field, value);
}

void AppendText(std::string& out, std::uint32_t field, std::string_view text) {
  if (!text.empty()) AppendBytesField(out, field, text);
}

template <typename T>
void ReadNumber(ProtoReader& reader, T* value) {
  std::uint64_t number = 0;
  if (reader.ReadVarint(&number)) *value = static_cast<T>(number);
}

void ReadText(ProtoReader& reader, std::string* text) {
  std::string_view bytes;
  if (reader.ReadBytes(&bytes)) *text = bytes;
}

// An entry of a map<string, uint64>.
std::pair<std::string_view, std::uint64_t> ReadCount(ProtoReader& reader) {
  std::pair<std::string_view, std::uint64_t> entry;
  std::string_view bytes;
  if (!reader.ReadBytes(&bytes)) return entry;
  ProtoReader fields(bytes);
  while (fields.Next()) {
    switch (fields.tag()) {
      case BytesTag(1): fields.ReadBytes(&entry.first); break;
      case VarintTag(2): fields.ReadVarint(&entry.second); break;
      default: fields.Skip();
    }
  }
  return entry;
}

// ---- Counts ----

void AppendCounts(std::string& out, const SampleCounts& samples) {
  AppendNumber(out, kAccepted, samples.accepted);
  AppendNumber(out, kStale, samples.stale);
  AppendNumber(out, kResent, samples.resent);
  for (std::size_t i = 0; i < kRejectReasonCount; ++i) {
    if (samples.rejected[i] == 0) continue;
    AppendMapField(out, kRejected, ReasonName(static_cast<RejectReason>(i)), samples.rejected[i]);
  }
}

// True if the field at hand was of counts. A reason that this version does not know is passed over.
bool ReadCounts(ProtoReader& reader, SampleCounts* samples) {
  switch (reader.tag()) {
    case VarintTag(kAccepted): reader.ReadVarint(&samples->accepted); return true;
    case VarintTag(kStale): reader.ReadVarint(&samples->stale); return true;
    case VarintTag(kResent): reader.ReadVarint(&samples->resent); return true;
    case BytesTag(kRejected): break;
    default: return false;
  }
  const auto [name, count] = ReadCount(reader);
  for (std::size_t i = 0; i < kRejectReasonCount; ++i) {
    if (name == ReasonName(static_cast<RejectReason>(i))) samples->rejected[i] = count;
  }
  return true;
}

void AppendDropped(std::string& out, const DropCounts& dropped) {
  for (const auto& [reason, count] : dropped) AppendMapField(out, kDropped, reason, count);
}

void ReadDropped(ProtoReader& reader, DropCounts* dropped) {
  const auto [reason, count] = ReadCount(reader);
  (*dropped)[std::string(reason)] = count;
}

void AppendTotals(std::string& out, const LedgerTotals& totals) {
  std::string fields;
  AppendCounts(fields, totals.samples);
  AppendNumber(fields, kBatches, totals.batches);
  AppendNumber(fields, kSent, totals.sent);
  AppendDropped(fields, totals.dropped);
  AppendText(out, kTotals, fields);
}

void ReadTotals(ProtoReader& reader, LedgerTotals* totals) {
  std::string_view bytes;
  if (!reader.ReadBytes(&bytes)) return;
  ProtoReader fields(bytes);
  while (fields.Next()) {
    if (ReadCounts(fields, &totals->samples)) continue;
    switch (fields.tag()) {
      case VarintTag(kBatches): fields.ReadVarint(&totals->batches); break;
      case VarintTag(kSent): fields.ReadVarint(&totals->sent); break;
      case BytesTag(kDropped): ReadDropped(fields, &totals->dropped); break;
      default: fields.Skip();
    }
  }
}

// ---- Accounts ----

void AppendAccount(std::string& out, const InstanceAccounts::Account& account) {
  std::string fields;
  AppendText(fields, kProducer, account.producer);
  AppendNumber(fields, kSlot, account.slot);
  AppendNumber(fields, kBaseline, account.baseline);
  if (account.state) {
    const AccountState& state = *account.state;
    AppendNumber(fields, kHasState, 1);
    AppendNumber(fields, kHighestApplied, state.highest_applied);
    AppendNumber(fields, kFirstSeen, static_cast<std::uint64_t>(state.first_seen_ns));
    AppendNumber(fields, kLastSeen, static_cast<std::uint64_t>(state.last_seen_ns));
    AppendNumber(fields, kBatches, state.batches);
    AppendCounts(fields, state.samples);
    AppendDropped(fields, state.dropped);
    AppendNumber(fields, kReports, state.reports ? 1 : 0);
    AppendNumber(fields, kReportedSent, state.reported_sent);
    AppendNumber(fields, kArrivedAtReport, state.arrived_at_report);
    AppendNumber(fields, kSentBefore, state.sent_before);
  }
  AppendBytesField(out, kAccount, fields);
}

bool ReadAccount(ProtoReader& reader, InstanceAccounts::Account* account) {
  std::string_view bytes;
  if (!reader.ReadBytes(&bytes)) return false;
  bool has_state = false;
  AccountState state;
  std::uint64_t slot = 0;
  ProtoReader fields(bytes);
  while (fields.Next()) {
    if (ReadCounts(fields, &state.samples)) continue;
    switch (fields.tag()) {
      case BytesTag(kProducer): ReadText(fields, &account->producer); break;
      case VarintTag(kSlot): fields.ReadVarint(&slot); break;
      case VarintTag(kBaseline): ReadNumber(fields, &account->baseline); break;
      case VarintTag(kHasState): ReadNumber(fields, &has_state); break;
      case VarintTag(kHighestApplied): fields.ReadVarint(&state.highest_applied); break;
      case VarintTag(kFirstSeen): ReadNumber(fields, &state.first_seen_ns); break;
      case VarintTag(kLastSeen): ReadNumber(fields, &state.last_seen_ns); break;
      case VarintTag(kBatches): fields.ReadVarint(&state.batches); break;
      case BytesTag(kDropped): ReadDropped(fields, &state.dropped); break;
      case VarintTag(kReports): ReadNumber(fields, &state.reports); break;
      case VarintTag(kReportedSent): fields.ReadVarint(&state.reported_sent); break;
      case VarintTag(kArrivedAtReport): fields.ReadVarint(&state.arrived_at_report); break;
      case VarintTag(kSentBefore): fields.ReadVarint(&state.sent_before); break;
      default: fields.Skip();
    }
  }
  if (has_state) account->state = std::move(state);
  account->slot = static_cast<std::uint32_t>(slot);
  return fields.ok() && slot <= kMaxSlot && account->baseline != 0;
}

// ---- Series ----

void AppendBaseline(std::string& out, const CounterBaselines::Baseline& baseline) {
  std::string fields;
  AppendNumber(fields, kBaseline, baseline.id);
  AppendNumber(fields, kTimestamp, static_cast<std::uint64_t>(baseline.timestamp_ns));
  AppendNumber(fields, kAge, static_cast<std::uint64_t>(-baseline.used_ns));
  AppendDoubleField(fields, kValue, baseline.total);
  AppendBytesField(out, kBaselineTotal, fields);
}

void ReadBaseline(ProtoReader& reader, CounterBaselines::Baseline* baseline) {
  std::string_view bytes;
  if (!reader.ReadBytes(&bytes)) return;
  std::int64_t age_ns = 0;
  ProtoReader fields(bytes);
  while (fields.Next()) {
    switch (fields.tag()) {
      case VarintTag(kBaseline): ReadNumber(fields, &baseline->id); break;
      case VarintTag(kTimestamp): ReadNumber(fields, &baseline->timestamp_ns); break;
      case VarintTag(kAge): ReadNumber(fields, &age_ns); break;
      case DoubleTag(kValue): fields.ReadDouble(&baseline->total); break;
      default: fields.Skip();
    }
  }
  baseline->used_ns = -std::clamp<std::int64_t>(age_ns, 0, kMaxTime);
}

void AppendDistribution(BatchWriter& writer, std::uint32_t ref, const HistogramSeries::Totals& totals) {
  if (const auto* sketch = std::get_if<Sketch>(&totals.distribution)) {
    if (!sketch->empty()) writer.AddSketch(ref, 0, *sketch);
  } else {
    writer.AddExplicit(ref, 0, std::get<ExplicitHistogram>(totals.distribution));
  }
  if (totals.taken) writer.AddRunningTotal(ref, totals.taken->timestamp_us, totals.taken->histogram);
}

void AppendSeries(std::string& out, const std::vector<SeriesSnapshot>& all) {
  std::string announcements;
  BatchWriter distributions;
  for (std::uint32_t ref = 0; ref < all.size(); ++ref) {
    const SeriesSnapshot& series = all[ref];
    AppendAnnouncement(announcements, ref, EncodeAnnounced(series.name, series.kind, series.labels, false));
    if (series.histogram) AppendDistribution(distributions, ref, *series.histogram);
    std::string fields;
    AppendNumber(fields, kTimestamp, static_cast<std::uint64_t>(series.timestamp_us));
    AppendNumber(fields, kAge, static_cast<std::uint64_t>(-series.updated_ns));
    AppendDoubleField(fields, kValue, series.value);
    AppendText(fields, kSeriesKey, series.owner);
    for (const CounterBaselines::Baseline& baseline : series.baselines) AppendBaseline(fields, baseline);
    AppendBytesField(out, kSeries, fields);
  }
  AppendText(out, kBytes, announcements + distributions.Take().bytes);
}

void ReadSeries(ProtoReader& reader, SeriesSnapshot* series) {
  std::string_view bytes;
  if (!reader.ReadBytes(&bytes)) return;
  std::int64_t age_ns = 0;
  ProtoReader fields(bytes);
  while (fields.Next()) {
    switch (fields.tag()) {
      case VarintTag(kTimestamp): ReadNumber(fields, &series->timestamp_us); break;
      case VarintTag(kAge): ReadNumber(fields, &age_ns); break;
      case DoubleTag(kValue): fields.ReadDouble(&series->value); break;
      case BytesTag(kSeriesKey): ReadText(fields, &series->owner); break;
      case BytesTag(kBaselineTotal): ReadBaseline(fields, &series->baselines.emplace_back()); break;
      default: fields.Skip();
    }
  }
  series->updated_ns = -std::clamp<std::int64_t>(age_ns, 0, kMaxTime);
  series->timestamp_us = std::clamp<std::int64_t>(series->timestamp_us, 0, kMaxTime);
}

bool ReadDistribution(const BatchView& batch, const HistogramPointView& point, SeriesSnapshot* series) {
  if (series->kind != MetricKind::kHistogram) return false;
  Distribution distribution;
  std::string detail;
  if (AdmitHistogram(batch.histograms[point.histogram], &distribution, &detail)) return false;
  if (!series->histogram) series->histogram.emplace();
  if (!point.running_total) {
    series->histogram->distribution = std::move(distribution);
    return true;
  }
  auto* const total = std::get_if<ExplicitHistogram>(&distribution);
  if (total == nullptr) return false;
  series->histogram->taken = {.timestamp_us = point.timestamp_ns, .histogram = std::move(*total)};
  return true;
}

// Gives series their identities and distributions. False unless each of them gets an identity that is valid.
bool Identify(std::string_view bytes, std::vector<SeriesSnapshot>* all) {
  BatchDecoder decoder;
  if (!decoder.Decode(bytes).ok()) return false;
  const BatchView& batch = decoder.batch();
  if (batch.announcements.size() != all->size()) return false;
  std::vector<LabelView> labels;
  for (std::size_t i = 0; i < all->size(); ++i) {
    const AnnouncementView& announcement = batch.announcements[i];
    const auto own = std::span(batch.labels).subspan(announcement.labels.begin, announcement.labels.size);
    if (announcement.ref != i || announcement.kind < 1 || announcement.kind > 3 ||
        CheckMetricName(announcement.name) != SeriesFault::kNone ||
        MergeLabels(own, {}, &labels) != SeriesFault::kNone ||
        CheckLabelViews(labels) != SeriesFault::kNone) {
      return false;
    }
    SeriesSnapshot& series = (*all)[i];
    series.name = announcement.name;
    series.kind = static_cast<MetricKind>(announcement.kind);
    series.labels = ToLabelSet(labels);
    if (series.kind == MetricKind::kHistogram) series.histogram.emplace();
  }
  for (const HistogramPointView& point : batch.points) {
    if (point.ref >= all->size() || !ReadDistribution(batch, point, &(*all)[point.ref])) return false;
  }
  return true;
}

// ---- Records ----

std::string Begin(Type type, std::size_t bytes = 0) {
  std::string out;
  out.reserve(bytes + 64);
  AppendVarintField(out, kType, static_cast<std::uint8_t>(type));
  return out;
}

std::optional<JournalRecord> ParseEpoch(ProtoReader& reader) {
  EpochRecord record;
  while (reader.Next()) {
    switch (reader.tag()) {
      case VarintTag(kEpoch): reader.ReadVarint(&record.epoch); break;
      case VarintTag(kMonotonic): ReadNumber(reader, &record.monotonic_ns); break;
      case VarintTag(kBeginsLife): ReadNumber(reader, &record.begins_life); break;
      case VarintTag(kComplete): ReadNumber(reader, &record.is_complete); break;
      case BytesTag(kTotals): ReadTotals(reader, &record.made_room); break;
      default: reader.Skip();
    }
  }
  if (!reader.ok() || !IsTime(record.monotonic_ns)) return std::nullopt;
  return record;
}

std::optional<JournalRecord> ParseStream(ProtoReader& reader) {
  StreamRecord record;
  while (reader.Next()) {
    switch (reader.tag()) {
      case VarintTag(kStream): reader.ReadVarint(&record.stream); break;
      case VarintTag(kBegins): ReadNumber(reader, &record.begins); break;
      case VarintTag(kEnds): ReadNumber(reader, &record.ends); break;
      case BytesTag(kKey): reader.ReadBytes(&record.owner); break;
      case BytesTag(kBytes): reader.ReadBytes(&record.announcements); break;
      default: reader.Skip();
    }
  }
  if (!reader.ok()) return std::nullopt;
  return record;
}

std::optional<JournalRecord> ParseBatch(ProtoReader& reader) {
  BatchRecord record;
  while (reader.Next()) {
    if (ReadCounts(reader, &record.samples)) continue;
    switch (reader.tag()) {
      case VarintTag(kStream): reader.ReadVarint(&record.stream); break;
      case VarintTag(kTime): ReadNumber(reader, &record.received_ns); break;
      case VarintTag(kMonotonic): ReadNumber(reader, &record.monotonic_ns); break;
      case VarintTag(kSlot): ReadNumber(reader, &record.slot); break;
      case VarintTag(kBaseline): ReadNumber(reader, &record.baseline); break;
      case VarintTag(kApplied): ReadNumber(reader, &record.is_applied); break;
      case BytesTag(kBytes): reader.ReadBytes(&record.bytes); break;
      default: reader.Skip();
    }
  }
  if (!reader.ok() || !IsTime(record.received_ns) || !IsTime(record.monotonic_ns) || record.slot > kMaxSlot ||
      record.baseline == 0)
    return std::nullopt;
  return record;
}

std::optional<JournalRecord> ParseInstance(ProtoReader& reader) {
  InstanceRecord record;
  std::string_view bytes;
  bool is_valid = true;
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(kService): ReadText(reader, &record.service); break;
      case BytesTag(kInstance): ReadText(reader, &record.instance); break;
      case VarintTag(kMonotonic): ReadNumber(reader, &record.monotonic_ns); break;
      case VarintTag(kBegins): ReadNumber(reader, &record.is_first); break;
      case BytesTag(kTotals): ReadTotals(reader, &record.accounts.gone); break;
      case BytesTag(kAccount):
        is_valid &= ReadAccount(reader, &record.accounts.accounts.emplace_back());
        break;
      case BytesTag(kSeries): ReadSeries(reader, &record.series.emplace_back()); break;
      case BytesTag(kBytes): reader.ReadBytes(&bytes); break;
      default: reader.Skip();
    }
  }
  if (!reader.ok() || !is_valid || !IsTime(record.monotonic_ns) || !Identify(bytes, &record.series))
    return std::nullopt;
  return record;
}

std::optional<JournalRecord> ParseTime(ProtoReader& reader) {
  TimeRecord record;
  while (reader.Next()) {
    if (reader.tag() == VarintTag(kMonotonic)) {
      ReadNumber(reader, &record.monotonic_ns);
    } else {
      reader.Skip();
    }
  }
  if (!reader.ok() || !IsTime(record.monotonic_ns)) return std::nullopt;
  return record;
}

}  // namespace

std::string EncodeJournalHead() {
  std::string out;
  AppendBytesField(out, kHeadOwner, kOwner);
  return out;
}

bool IsJournalHead(std::string_view bytes) {
  std::string_view owner;
  ProtoReader reader(bytes);
  while (reader.Next()) {
    if (reader.tag() == BytesTag(kHeadOwner)) {
      reader.ReadBytes(&owner);
    } else {
      reader.Skip();
    }
  }
  return reader.ok() && owner == kOwner;
}

std::string EncodeRecord(const EpochRecord& record) {
  std::string out = Begin(Type::kEpoch);
  AppendNumber(out, kEpoch, record.epoch);
  AppendNumber(out, kMonotonic, static_cast<std::uint64_t>(record.monotonic_ns));
  AppendNumber(out, kBeginsLife, record.begins_life ? 1 : 0);
  AppendNumber(out, kComplete, record.is_complete ? 1 : 0);
  AppendTotals(out, record.made_room);
  return out;
}

std::string EncodeRecord(const StreamRecord& record) {
  std::string out = Begin(Type::kStream, record.announcements.size());
  AppendNumber(out, kStream, record.stream);
  AppendNumber(out, kBegins, record.begins ? 1 : 0);
  AppendNumber(out, kEnds, record.ends ? 1 : 0);
  AppendText(out, kKey, record.owner);
  AppendText(out, kBytes, record.announcements);
  return out;
}

std::string EncodeRecord(const BatchRecord& record) {
  std::string out = Begin(Type::kBatch, record.bytes.size());
  AppendNumber(out, kStream, record.stream);
  AppendNumber(out, kTime, static_cast<std::uint64_t>(record.received_ns));
  AppendNumber(out, kMonotonic, static_cast<std::uint64_t>(record.monotonic_ns));
  AppendNumber(out, kSlot, record.slot);
  AppendNumber(out, kBaseline, record.baseline);
  AppendNumber(out, kApplied, record.is_applied ? 1 : 0);
  AppendCounts(out, record.samples);
  AppendText(out, kBytes, record.bytes);
  return out;
}

std::string EncodeRecord(const InstanceRecord& record) {
  std::string out = Begin(Type::kInstance);
  AppendText(out, kService, record.service);
  AppendText(out, kInstance, record.instance);
  AppendNumber(out, kMonotonic, static_cast<std::uint64_t>(record.monotonic_ns));
  if (record.is_first) {
    AppendNumber(out, kBegins, 1);
    AppendTotals(out, record.accounts.gone);
    for (const InstanceAccounts::Account& account : record.accounts.accounts) AppendAccount(out, account);
  }
  AppendSeries(out, record.series);
  return out;
}

std::string EncodeRecord(const TimeRecord& record) {
  std::string out = Begin(Type::kTime);
  AppendNumber(out, kMonotonic, static_cast<std::uint64_t>(record.monotonic_ns));
  return out;
}

std::optional<JournalRecord> ParseJournalRecord(std::string_view bytes) {
  ProtoReader reader(bytes);
  std::uint64_t type = 0;
  if (!reader.Next() || reader.tag() != VarintTag(kType) || !reader.ReadVarint(&type)) return std::nullopt;
  switch (static_cast<Type>(type)) {
    case Type::kEpoch: return ParseEpoch(reader);
    case Type::kStream: return ParseStream(reader);
    case Type::kBatch: return ParseBatch(reader);
    case Type::kInstance: return ParseInstance(reader);
    case Type::kTime: return ParseTime(reader);
  }
  return std::nullopt;
}

}  // namespace obs
