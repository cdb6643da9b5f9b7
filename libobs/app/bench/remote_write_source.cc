#include "app/bench/remote_write_source.h"

#include <algorithm>
#include <cstring>

#include "base/varint.h"
#include "snappy.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

// Field numbers of Prometheus's remote.proto and types.proto.
constexpr std::uint32_t kTimeSeries = 1;
constexpr std::uint32_t kLabels = 1, kSamples = 2;
constexpr std::uint32_t kLabelName = 1, kLabelValue = 2;
constexpr std::uint32_t kValue = 1, kTimestamp = 2;

// Of a time in this age, in milliseconds, and of the sample that has it. No length needs a second byte.
constexpr std::size_t kTimestampBytes = 6;
constexpr std::size_t kSampleBytes = 1 + sizeof(double) + 1 + kTimestampBytes;
constexpr std::size_t kSampleFieldBytes = 2 + kSampleBytes;

constexpr char Tag(std::uint32_t field, WireType type) {
  return static_cast<char>(field << 3 | static_cast<std::uint8_t>(type));
}

char* WriteSample(char* out, double value, std::uint64_t timestamp_ms) {
  *out++ = Tag(kSamples, WireType::kBytes);
  *out++ = static_cast<char>(kSampleBytes);
  *out++ = Tag(kValue, WireType::kFixed64);
  std::memcpy(out, &value, sizeof value);
  out += sizeof value;
  *out++ = Tag(kTimestamp, WireType::kVarint);
  return WriteVarint(out, timestamp_ms);
}

void AppendLabel(std::string& out, std::string_view name, std::string_view value) {
  std::string label;
  AppendBytesField(label, kLabelName, name);
  AppendBytesField(label, kLabelValue, value);
  AppendBytesField(out, kLabels, label);
}

}  // namespace

RemoteWriteSource::RemoteWriteSource(const RemoteWriteSourceOptions& options) {
  for (std::uint64_t i = 0; i < options.series; ++i) {
    const BenchSeries series(options.first_series + i, options.series_per_metric);
    label_begin_.push_back(static_cast<std::uint32_t>(labels_.size()));
    AppendLabel(labels_, "__name__", series.Name());  // sorts before the others, as it has to
    for (const auto& [name, value] : series.Labels()) AppendLabel(labels_, name, value);
    shapes_.push_back(BenchShapeOf(series));
  }
  label_begin_.push_back(static_cast<std::uint32_t>(labels_.size()));
}

std::string_view RemoteWriteSource::Next(std::int64_t now_ms, std::uint64_t samples) {
  timestamp_ms_ = std::max(now_ms, timestamp_ms_);
  moments_.clear();
  for (std::uint64_t i = 0; i < samples; ++i) moments_.emplace_back(round_ + i);
  const std::uint64_t samples_bytes = samples * kSampleFieldBytes;
  std::size_t size = labels_.size() + shapes_.size() * samples_bytes;
  for (std::size_t i = 0; i < shapes_.size(); ++i)
    size += 1 + VarintBytes(LabelsOf(i).size() + samples_bytes);
  request_.resize(size);
  char* out = request_.data();
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    const std::string_view labels = LabelsOf(i);
    *out++ = Tag(kTimeSeries, WireType::kBytes);
    out = WriteVarint(out, labels.size() + samples_bytes);
    out = std::ranges::copy(labels, out).out;
    auto timestamp = static_cast<std::uint64_t>(timestamp_ms_);
    for (const BenchMoment& moment : moments_)
      out = WriteSample(out, moment.ValueOf(shapes_[i]), timestamp++);
  }
  round_ += samples;
  timestamp_ms_ += static_cast<std::int64_t>(samples);

  compressed_.resize(snappy::MaxCompressedLength(request_.size()));
  std::size_t compressed_size = 0;
  snappy::RawCompress(request_.data(), request_.size(), compressed_.data(), &compressed_size);
  return {compressed_.data(), compressed_size};
}

std::string_view RemoteWriteSource::LabelsOf(std::size_t index) const {
  const std::uint32_t begin = label_begin_[index];
  return std::string_view(labels_).substr(begin, label_begin_[index + 1] - begin);
}

}  // namespace obs
