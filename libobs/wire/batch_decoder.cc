#include "wire/batch_decoder.h"

#include "fmt/format.h"
#include "wire/packed.h"

namespace obs {
namespace {

constexpr std::uint32_t Varint(std::uint32_t field) {
  return FieldTag(field, WireType::kVarint);
}
constexpr std::uint32_t Fixed64(std::uint32_t field) {
  return FieldTag(field, WireType::kFixed64);
}
constexpr std::uint32_t Bytes(std::uint32_t field) {
  return FieldTag(field, WireType::kBytes);
}

template <typename T>
std::uint32_t Size(const std::vector<T>& vector) {
  return static_cast<std::uint32_t>(vector.size());
}

bool ReadInt64(ProtoReader& reader, std::int64_t* value) {
  std::uint64_t varint = 0;
  if (!reader.ReadVarint(&varint)) return false;
  *value = static_cast<std::int64_t>(varint);
  return true;
}

bool ReadUint32(ProtoReader& reader, std::uint32_t* value) {
  std::uint64_t varint = 0;
  if (!reader.ReadVarint(&varint)) return false;
  *value = static_cast<std::uint32_t>(varint);
  return true;
}

bool ReadSint32(ProtoReader& reader, std::int32_t* value) {
  std::uint64_t varint = 0;
  if (!reader.ReadVarint(&varint)) return false;
  *value = static_cast<std::int32_t>(UnZigZag(varint & 0xFFFFFFFFu));
  return true;
}

bool ReadBool(ProtoReader& reader, bool* value) {
  std::uint64_t varint = 0;
  if (!reader.ReadVarint(&varint)) return false;
  *value = varint != 0;
  return true;
}

template <typename T>
std::size_t CapacityBytes(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

}  // namespace

absl::Status BatchDecoder::Decode(std::string_view bytes) {
  bytes_ = bytes;
  Clear();
  if (!DecodeBatch()) return status_;
  return absl::OkStatus();
}

std::size_t BatchDecoder::HeapBytes() const {
  std::size_t bytes =
      CapacityBytes(batch_.metrics) + CapacityBytes(batch_.announcements) + CapacityBytes(batch_.columns) +
      CapacityBytes(batch_.points) + CapacityBytes(batch_.labels) + CapacityBytes(batch_.batch_labels) +
      CapacityBytes(batch_.samples) + CapacityBytes(batch_.histograms) + CapacityBytes(batch_.report.dropped);
  return bytes + packed_.HeapBytes();
}

void BatchDecoder::Clear() {
  status_ = absl::OkStatus();
  batch_.service = batch_.instance = batch_.producer = {};
  batch_.sequence = 0;
  batch_.batch_labels.clear();
  batch_.has_report = false;
  batch_.report.sent = 0;
  batch_.report.dropped.clear();
  batch_.metrics.clear();
  batch_.announcements.clear();
  batch_.columns.clear();
  batch_.points.clear();
  batch_.labels.clear();
  batch_.samples.clear();
  batch_.histograms.clear();
  batch_.sample_count = 0;
  packed_.Clear();
}

bool BatchDecoder::DecodeBatch() {
  ProtoReader reader(bytes_);
  std::string_view field;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Bytes(1): reader.ReadBytes(&batch_.service); break;
      case Bytes(2): reader.ReadBytes(&batch_.instance); break;
      case Bytes(3):
        if (reader.ReadBytes(&field) && !DecodeMetric(field)) return false;
        break;
      case Bytes(4):
        if (reader.ReadBytes(&field) && !DecodeFlatSample(field)) return false;
        break;
      case Bytes(5):
        if (!ReadLabel(reader, &batch_.batch_labels)) return false;
        break;
      case Bytes(6): reader.ReadBytes(&batch_.producer); break;
      case Varint(7): reader.ReadVarint(&batch_.sequence); break;
      case Bytes(8):
        if (reader.ReadBytes(&field) && !DecodeReport(field)) return false;
        break;
      case Bytes(9):
        if (reader.ReadBytes(&field) && !DecodeAnnouncement(field)) return false;
        break;
      case Bytes(10):
        if (reader.ReadBytes(&field) && !DecodeColumns(field)) return false;
        break;
      case Bytes(11):
        if (reader.ReadBytes(&field) && !DecodePoint(field)) return false;
        break;
      default: reader.Skip();
    }
  }
  return Finish(reader, "TelemetryBatch");
}

bool BatchDecoder::DecodeReport(std::string_view bytes) {
  batch_.has_report = true;
  ProtoReader reader(bytes);
  std::string_view field;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Varint(1): reader.ReadVarint(&batch_.report.sent); break;
      case Bytes(2):
        if (reader.ReadBytes(&field) && !DecodeDrop(field)) return false;
        break;
      default: reader.Skip();
    }
  }
  return Finish(reader, "ProducerReport");
}

bool BatchDecoder::DecodeDrop(std::string_view bytes) {
  ProtoReader reader(bytes);
  std::pair<std::string_view, std::uint64_t> drop;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Bytes(1): reader.ReadBytes(&drop.first); break;
      case Varint(2): reader.ReadVarint(&drop.second); break;
      default: reader.Skip();
    }
  }
  batch_.report.dropped.push_back(drop);
  return Finish(reader, "ProducerReport.dropped");
}

bool BatchDecoder::DecodeMetric(std::string_view bytes) {
  MetricView metric;
  metric.labels.begin = Size(batch_.labels);
  metric.samples.begin = Size(batch_.samples);
  ProtoReader reader(bytes);
  std::string_view field;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Bytes(1): reader.ReadBytes(&metric.name); break;
      case Bytes(2):
        if (!ReadLabel(reader, &batch_.labels)) return false;
        break;
      case Bytes(3):
        if (reader.ReadBytes(&field) && !DecodeSample(field, nullptr)) return false;
        break;
      default: reader.Skip();
    }
  }
  metric.labels.size = Size(batch_.labels) - metric.labels.begin;
  metric.samples.size = Size(batch_.samples) - metric.samples.begin;
  batch_.metrics.push_back(metric);
  return Finish(reader, "Metric");
}

bool BatchDecoder::DecodeFlatSample(std::string_view bytes) {
  MetricView metric;
  metric.labels.begin = Size(batch_.labels);
  metric.samples = {.begin = Size(batch_.samples), .size = 1};
  if (!DecodeSample(bytes, &metric)) return false;
  metric.labels.size = Size(batch_.labels) - metric.labels.begin;
  batch_.metrics.push_back(metric);
  return true;
}

bool BatchDecoder::DecodeSample(std::string_view bytes, MetricView* flat) {
  SampleView sample;
  ProtoReader reader(bytes);
  std::string_view field;
  std::uint64_t total = 0;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Varint(1): ReadInt64(reader, &sample.timestamp_ns); break;
      case Fixed64(2):
        sample.form = SampleForm::kGauge;
        reader.ReadDouble(&sample.value);
        break;
      case Varint(3):
        sample.form = SampleForm::kCounter;
        reader.ReadVarint(&total);
        sample.value = static_cast<double>(total);
        break;
      case Bytes(4):
        if (!reader.ReadBytes(&field)) break;
        if (sample.form != SampleForm::kHistogram) {
          sample.form = SampleForm::kHistogram;
          sample.histogram = Size(batch_.histograms);
          batch_.histograms.emplace_back();
        }
        if (!DecodeHistogram(field, sample.histogram)) return false;
        break;
      case Fixed64(5):
        sample.form = SampleForm::kIncrement;
        reader.ReadDouble(&sample.value);
        break;
      case Bytes(6):
        if (reader.ReadBytes(&field) && flat != nullptr) flat->name = field;
        break;
      case Bytes(7):
        if (flat == nullptr) {
          reader.Skip();
        } else if (!ReadLabel(reader, &batch_.labels)) {
          return false;
        }
        break;
      default: reader.Skip();
    }
  }
  batch_.samples.push_back(sample);
  ++batch_.sample_count;
  return Finish(reader, "MetricSample");
}

bool BatchDecoder::DecodeAnnouncement(std::string_view bytes) {
  AnnouncementView announcement;
  announcement.labels.begin = Size(batch_.labels);
  ProtoReader reader(bytes);
  while (reader.Next()) {
    switch (reader.tag()) {
      case Varint(1): ReadUint32(reader, &announcement.ref); break;
      case Bytes(2): reader.ReadBytes(&announcement.name); break;
      case Varint(3): ReadUint32(reader, &announcement.kind); break;
      case Bytes(4):
        if (!ReadLabel(reader, &batch_.labels)) return false;
        break;
      case Varint(5): ReadBool(reader, &announcement.shared_total); break;
      default: reader.Skip();
    }
  }
  announcement.labels.size = Size(batch_.labels) - announcement.labels.begin;
  batch_.announcements.push_back(announcement);
  return Finish(reader, "SeriesAnnouncement");
}

bool BatchDecoder::DecodeColumns(std::string_view bytes) {
  constexpr std::string_view kMessage = "Columns";
  ColumnsView columns;
  ProtoReader reader(bytes);
  while (reader.Next()) {
    switch (reader.tag()) {
      case Varint(1): ReadInt64(reader, &columns.base_timestamp_ns); break;
      case Bytes(2):
      case Varint(2): packed_.ReadVarints(reader, &columns.refs); break;
      case Bytes(3):
      case Varint(3): packed_.ReadVarints(reader, &columns.deltas); break;
      case Bytes(4):
      case Fixed64(4): packed_.ReadDoubles(reader, &columns.values); break;
      case Varint(5): ReadBool(reader, &columns.increments); break;
      default: reader.Skip();
    }
  }
  if (!Finish(reader, kMessage)) return false;
  if (columns.values.size != columns.refs.size) {
    return Fail(bytes.data(), kMessage,
                fmt::format("{} refs, but {} values", columns.refs.size, columns.values.size));
  }
  if (columns.deltas.size != 0 && columns.deltas.size != columns.refs.size) {
    return Fail(bytes.data(), kMessage,
                fmt::format("{} refs, but {} timestamp_deltas", columns.refs.size, columns.deltas.size));
  }
  batch_.columns.push_back(columns);
  batch_.sample_count += columns.refs.size;
  return true;
}

bool BatchDecoder::DecodePoint(std::string_view bytes) {
  HistogramPointView point;
  point.histogram = Size(batch_.histograms);
  batch_.histograms.emplace_back();
  ProtoReader reader(bytes);
  std::string_view field;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Varint(1): ReadUint32(reader, &point.ref); break;
      case Varint(2): ReadInt64(reader, &point.timestamp_ns); break;
      case Bytes(3):
        if (reader.ReadBytes(&field) && !DecodeHistogram(field, point.histogram)) return false;
        break;
      case Varint(4): ReadBool(reader, &point.running_total); break;
      default: reader.Skip();
    }
  }
  batch_.points.push_back(point);
  ++batch_.sample_count;
  return Finish(reader, "HistogramPoint");
}

bool BatchDecoder::DecodeHistogram(std::string_view bytes, std::uint32_t index) {
  HistogramView& histogram = batch_.histograms[index];
  ProtoReader reader(bytes);
  std::string_view field;
  double sum = 0;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Bytes(1):
      case Fixed64(1): packed_.ReadDoubles(reader, &histogram.bounds); break;
      case Bytes(2):
      case Varint(2): packed_.ReadVarints(reader, &histogram.counts); break;
      case Bytes(3):
      case Fixed64(3): packed_.ReadDoubles(reader, &histogram.observations); break;
      case Bytes(4):
        if (reader.ReadBytes(&field) && !DecodeSketch(field, &histogram)) return false;
        break;
      case Fixed64(5):
        if (reader.ReadDouble(&sum)) histogram.sum = sum;
        break;
      default: reader.Skip();
    }
  }
  return Finish(reader, "Histogram");
}

bool BatchDecoder::DecodeSketch(std::string_view bytes, HistogramView* histogram) {
  histogram->has_sketch = true;
  ProtoReader reader(bytes);
  std::string_view field;
  while (reader.Next()) {
    switch (reader.tag()) {
      case Varint(1): ReadSint32(reader, &histogram->scale); break;
      case Varint(2): reader.ReadVarint(&histogram->zero_count); break;
      case Bytes(3):
        if (reader.ReadBytes(&field) && !DecodeBuckets(field, &histogram->positive)) return false;
        break;
      case Bytes(4):
        if (reader.ReadBytes(&field) && !DecodeBuckets(field, &histogram->negative)) return false;
        break;
      case Varint(5): reader.ReadVarint(&histogram->sketch_count); break;
      case Fixed64(6): reader.ReadDouble(&histogram->sketch_sum); break;
      case Fixed64(7): reader.ReadDouble(&histogram->min); break;
      case Fixed64(8): reader.ReadDouble(&histogram->max); break;
      default: reader.Skip();
    }
  }
  return Finish(reader, "ExponentialHistogram");
}

bool BatchDecoder::DecodeBuckets(std::string_view bytes, BucketsView* buckets) {
  ProtoReader reader(bytes);
  while (reader.Next()) {
    switch (reader.tag()) {
      case Varint(1): ReadSint32(reader, &buckets->offset); break;
      case Bytes(2):
      case Varint(2): packed_.ReadVarints(reader, &buckets->counts); break;
      default: reader.Skip();
    }
  }
  return Finish(reader, "Buckets");
}

bool BatchDecoder::ReadLabel(ProtoReader& reader, std::vector<LabelView>* labels) {
  std::string_view bytes;
  if (!reader.ReadBytes(&bytes)) return true;  // the reader keeps its error, and its loop ends
  ProtoReader entry(bytes);
  LabelView label;
  while (entry.Next()) {
    switch (entry.tag()) {
      case Bytes(1): entry.ReadBytes(&label.name); break;
      case Bytes(2): entry.ReadBytes(&label.value); break;
      default: entry.Skip();
    }
  }
  labels->push_back(label);
  return Finish(entry, "labels");
}

bool BatchDecoder::Finish(const ProtoReader& reader, std::string_view message) {
  return reader.ok() || Fail(reader.field_start(), message, reader.error());
}

bool BatchDecoder::Fail(const char* position, std::string_view message, std::string_view what) {
  status_ =
      absl::InvalidArgumentError(fmt::format("byte {}, in {}: {}", position - bytes_.data(), message, what));
  return false;
}

}  // namespace obs
