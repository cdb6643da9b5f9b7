#include "app/bench/compact_source.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "wire/proto_writer.h"

namespace obs {
namespace {

// Field numbers of telemetry.proto.
constexpr std::uint32_t kService = 1, kInstance = 2, kProducer = 6, kSequence = 7, kReport = 8, kSeries = 9,
                        kColumns = 10;
constexpr std::uint32_t kReportSent = 1;
constexpr std::uint32_t kSeriesRef = 1, kSeriesName = 2, kSeriesKind = 3, kSeriesLabels = 4;
constexpr std::uint32_t kBaseTimestamp = 1, kRefs = 2, kValues = 4;

constexpr std::uint64_t kKindGauge = 1, kKindCounter = 2;
constexpr std::uint64_t kAnnouncedAtOnce = 5000;  // well within a batch of 4 MiB
constexpr std::uint64_t kValuesAtOnce = 256;

}  // namespace

CompactSource::CompactSource(const BatchSourceOptions& options) : options_(options), cursor_(options.series) {
  AppendBytesField(identity_, kService, kBenchService);
  AppendBytesField(identity_, kInstance, options_.instance);
  AppendBytesField(identity_, kProducer, options_.producer);
  for (std::uint64_t ref = 0; ref < options_.series; ++ref) {
    ref_begin_.push_back(static_cast<std::uint32_t>(refs_.size()));
    AppendVarint(refs_, ref);
    shapes_.push_back(BenchShapeOf({options_.first_series + ref, options_.series_per_metric}));
  }
  ref_begin_.push_back(static_cast<std::uint32_t>(refs_.size()));
}

void CompactSource::BeginMessage(std::uint64_t samples, std::string* message) {
  sent_ += samples;
  message->assign(identity_);
  AppendVarintField(*message, kSequence, ++sequence_);
  std::string report;
  AppendVarintField(report, kReportSent, sent_);
  AppendBytesField(*message, kReport, report);
}

bool CompactSource::NextAnnouncement(std::string* message) {
  if (announced_ == options_.series) return false;
  BeginMessage(0, message);
  const std::uint64_t end = std::min(options_.series, announced_ + kAnnouncedAtOnce);
  for (std::string field; announced_ < end; ++announced_, field.clear()) {
    const BenchSeries series(options_.first_series + announced_, options_.series_per_metric);
    AppendVarintField(field, kSeriesRef, announced_);
    AppendBytesField(field, kSeriesName, series.Name());
    AppendVarintField(field, kSeriesKind, series.kind() == MetricKind::kCounter ? kKindCounter : kKindGauge);
    for (const auto& [name, value] : series.Labels()) AppendMapField(field, kSeriesLabels, name, value);
    AppendBytesField(*message, kSeries, field);
  }
  return true;
}

void CompactSource::Next(std::int64_t now_nanos, std::uint64_t samples, std::string* message) {
  BeginMessage(samples, message);
  while (samples > 0) {
    const RoundCursor::Piece piece = cursor_.Take(samples, now_nanos);
    AppendPiece(piece, message);
    samples -= piece.size;
  }
}

void CompactSource::AppendPiece(const RoundCursor::Piece& piece, std::string* message) const {
  const std::uint32_t refs_begin = ref_begin_[piece.begin];
  const std::string_view refs =
      std::string_view(refs_).substr(refs_begin, ref_begin_[piece.begin + piece.size] - refs_begin);
  const std::size_t value_bytes = piece.size * sizeof(double);
  const auto timestamp = static_cast<std::uint64_t>(piece.timestamp_nanos);
  const std::size_t size = 1 + VarintBytes(timestamp) + 1 + VarintBytes(refs.size()) + refs.size() + 1 +
                           VarintBytes(value_bytes) + value_bytes;
  AppendTag(*message, kColumns, WireType::kBytes);
  AppendVarint(*message, size);
  AppendVarintField(*message, kBaseTimestamp, timestamp);
  AppendBytesField(*message, kRefs, refs);
  AppendTag(*message, kValues, WireType::kBytes);
  AppendVarint(*message, value_bytes);
  const BenchMoment moment(piece.round);
  std::array<double, kValuesAtOnce> values;
  const BenchShape* shape = shapes_.data() + piece.begin;
  for (std::uint64_t left = piece.size; left > 0;) {
    const std::uint64_t n = std::min(left, kValuesAtOnce);
    for (std::uint64_t i = 0; i < n; ++i) values[i] = moment.ValueOf(*shape++);
    message->append(reinterpret_cast<const char*>(values.data()), n * sizeof(double));
    left -= n;
  }
}

}  // namespace obs
