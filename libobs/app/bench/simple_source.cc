#include "app/bench/simple_source.h"

#include <bit>
#include <cstring>

#include "wire/proto_writer.h"

namespace obs {
namespace {

// Field numbers of telemetry.proto.
constexpr std::uint32_t kService = 1, kInstance = 2, kSamples = 4;
constexpr std::uint32_t kTimestamp = 1, kGauge = 2, kCounter = 3, kName = 6, kLabels = 7;

// Room that is written over: the longest varints there are for a time in this age, and for totals from
// kCounterBase up to 2^42, so that a message keeps its length.
constexpr std::size_t kTimestampBytes = 9;
constexpr std::uint64_t kCounterBase = std::uint64_t{1} << 35;
constexpr std::size_t kCounterBytes = 6;
constexpr std::size_t kGaugeBytes = sizeof(double);

void PutVarint(char* out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i + 1 < bytes; ++i, value >>= 7) out[i] = static_cast<char>(value | 0x80);
  out[bytes - 1] = static_cast<char>(value & 0x7f);
}

}  // namespace

SimpleSource::SimpleSource(const BatchSourceOptions& options) : options_(options), cursor_(options.series) {
  AppendBytesField(identity_, kService, kBenchService);
  AppendBytesField(identity_, kInstance, options_.instance);
  for (std::uint64_t i = 0; i < options_.series; ++i)
    AddTemplate({options_.first_series + i, options_.series_per_metric});
  template_begin_.push_back(templates_.size());
}

// Time and value come first, where Next() finds them from the sample's begin.
void SimpleSource::AddTemplate(const BenchSeries& series) {
  std::string sample;
  AppendTag(sample, kTimestamp, WireType::kVarint);
  sample.append(kTimestampBytes, '\0');
  if (series.kind() == MetricKind::kCounter) {
    AppendTag(sample, kCounter, WireType::kVarint);
    sample.append(kCounterBytes, '\0');
  } else {
    AppendTag(sample, kGauge, WireType::kFixed64);
    sample.append(kGaugeBytes, '\0');
  }
  AppendBytesField(sample, kName, series.Name());
  for (const auto& [name, value] : series.Labels()) AppendMapField(sample, kLabels, name, value);
  template_begin_.push_back(templates_.size());
  AppendBytesField(templates_, kSamples, sample);
}

void SimpleSource::Next(std::int64_t now_nanos, std::uint64_t samples, std::string* message) {
  message->assign(identity_);
  for (; samples > 0; --samples) {
    const RoundCursor::Piece piece = cursor_.Take(1, now_nanos);
    const std::size_t size = template_begin_[piece.begin + 1] - template_begin_[piece.begin];
    const std::size_t begin = message->size();
    message->append(templates_, template_begin_[piece.begin], size);

    char* p = message->data() + begin + 1;  // behind the field's tag
    while ((*p++ & 0x80) != 0) {            // and its length
    }
    ++p;  // tag of the time
    PutVarint(p, static_cast<std::uint64_t>(piece.timestamp_nanos), kTimestampBytes);
    p += kTimestampBytes + 1;
    const BenchSeries series(options_.first_series + piece.begin, options_.series_per_metric);
    const double value = BenchMoment(piece.round).ValueOf(BenchShapeOf(series));
    if (series.kind() == MetricKind::kCounter) {
      PutVarint(p, kCounterBase + static_cast<std::uint64_t>(value), kCounterBytes);
    } else {
      std::memcpy(p, &value, sizeof value);
    }
  }
}

}  // namespace obs
