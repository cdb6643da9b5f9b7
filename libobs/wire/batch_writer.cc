#include "wire/batch_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

#include "wire/proto_writer.h"

namespace obs {
namespace {

// Field numbers of telemetry.proto.
constexpr std::uint32_t kBatchColumns = 10;
constexpr std::uint32_t kBatchHistograms = 11;

constexpr std::uint32_t kColumnsBaseTimestamp = 1;
constexpr std::uint32_t kColumnsRefs = 2;
constexpr std::uint32_t kColumnsTimestampDeltas = 3;
constexpr std::uint32_t kColumnsValues = 4;
constexpr std::uint32_t kColumnsIncrements = 5;

constexpr std::uint32_t kPointRef = 1;
constexpr std::uint32_t kPointTimestamp = 2;
constexpr std::uint32_t kPointHistogram = 3;
constexpr std::uint32_t kPointRunningTotal = 4;

constexpr std::uint32_t kHistogramBounds = 1;
constexpr std::uint32_t kHistogramCounts = 2;
constexpr std::uint32_t kHistogramSketch = 4;
constexpr std::uint32_t kHistogramSum = 5;

constexpr std::uint32_t kSketchScale = 1;
constexpr std::uint32_t kSketchZeroCount = 2;
constexpr std::uint32_t kSketchPositive = 3;
constexpr std::uint32_t kSketchNegative = 4;
constexpr std::uint32_t kSketchCount = 5;
constexpr std::uint32_t kSketchSum = 6;
constexpr std::uint32_t kSketchMin = 7;
constexpr std::uint32_t kSketchMax = 8;

constexpr std::uint32_t kBucketsOffset = 1;
constexpr std::uint32_t kBucketsCounts = 2;

// Room for tags and lengths around one Columns message.
constexpr std::size_t kColumnsOverhead = 48;

// A packed field of varints, each made by `encode` from an element.
template <typename T, typename Encode>
void AppendPacked(std::string& out, std::uint32_t field, const std::vector<T>& elements, Encode encode) {
  std::size_t size = 0;
  for (const T element : elements) size += VarintBytes(encode(element));
  AppendTag(out, field, WireType::kBytes);
  AppendVarint(out, size);
  const std::size_t start = out.size();
  out.resize(start + size);
  char* p = out.data() + start;
  for (const T element : elements) p = WriteVarint(p, encode(element));
}

void AppendDoubles(std::string& out, std::uint32_t field, const std::vector<double>& elements) {
  static_assert(std::endian::native == std::endian::little, "the wire is little-endian");
  const auto bytes = std::as_bytes(std::span(elements));
  AppendBytesField(out, field, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AppendBuckets(std::string& out, std::uint32_t field, const Sketch::Buckets& buckets) {
  if (buckets.counts.empty()) return;
  std::string body;
  AppendSint64Field(body, kBucketsOffset, buckets.offset);
  AppendPacked(body, kBucketsCounts, buckets.counts, [](std::uint64_t count) { return count; });
  AppendBytesField(out, field, body);
}

std::string EncodeExplicit(const ExplicitHistogram& histogram) {
  std::string encoded;
  AppendDoubles(encoded, kHistogramBounds, histogram.bounds());
  AppendPacked(encoded, kHistogramCounts, histogram.counts(), [](std::uint64_t count) { return count; });
  AppendDoubleField(encoded, kHistogramSum, histogram.sum());
  return encoded;
}

std::string EncodeSketch(const Sketch& sketch) {
  std::string out;
  AppendSint64Field(out, kSketchScale, sketch.scale());
  if (sketch.zero_count() != 0) AppendVarintField(out, kSketchZeroCount, sketch.zero_count());
  AppendBuckets(out, kSketchPositive, sketch.positive());
  AppendBuckets(out, kSketchNegative, sketch.negative());
  AppendVarintField(out, kSketchCount, sketch.count());
  AppendDoubleField(out, kSketchSum, sketch.sum());
  AppendDoubleField(out, kSketchMin, sketch.min());
  AppendDoubleField(out, kSketchMax, sketch.max());
  return out;
}

}  // namespace

void BatchWriter::AddTo(Group group, std::uint32_t ref, std::int64_t timestamp, double value) {
  Columns& columns = groups_[group];
  if (columns.refs.empty()) {
    columns.base = columns.last = timestamp;
    bytes_ += kColumnsOverhead;
  }
  if (timestamp != columns.last && columns.deltas.empty()) {
    columns.deltas.resize(columns.refs.size(), 0);
    bytes_ += columns.refs.size();
  }
  // The first timestamp is the base, so the deltas begin once there are refs without one.
  if (timestamp != columns.last || !columns.deltas.empty()) {
    // Modulo 2^64, as any timestamp may be asked for.
    const auto delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp) -
                                                 static_cast<std::uint64_t>(columns.last));
    columns.deltas.push_back(delta);
    bytes_ += VarintBytes(ZigZag(delta));
    columns.last = timestamp;
  }
  columns.refs.push_back(ref);
  columns.values.push_back(value);
  bytes_ += VarintBytes(ref) + sizeof value;
  ref_limit_ = std::max(ref_limit_, ref + 1);
  ++samples_;
}

void BatchWriter::AddSketch(std::uint32_t ref, std::int64_t timestamp, const Sketch& sketch) {
  std::string histogram;
  AppendBytesField(histogram, kHistogramSketch, EncodeSketch(sketch));
  AddHistogram(ref, timestamp, histogram);
}

void BatchWriter::AddExplicit(std::uint32_t ref, std::int64_t timestamp, const ExplicitHistogram& histogram) {
  AddHistogram(ref, timestamp, EncodeExplicit(histogram));
}

void BatchWriter::AddRunningTotal(std::uint32_t ref, std::int64_t timestamp, const ExplicitHistogram& total) {
  AddHistogram(ref, timestamp, EncodeExplicit(total), /*running_total=*/true);
}

void BatchWriter::AddHistogram(std::uint32_t ref, std::int64_t timestamp, std::string_view histogram,
                               bool running_total) {
  std::string point;
  AppendVarintField(point, kPointRef, ref);
  AppendVarintField(point, kPointTimestamp, static_cast<std::uint64_t>(timestamp));
  AppendBytesField(point, kPointHistogram, histogram);
  if (running_total) AppendVarintField(point, kPointRunningTotal, 1);
  const std::size_t before = histograms_.size();
  AppendBytesField(histograms_, kBatchHistograms, point);
  bytes_ += histograms_.size() - before;
  ref_limit_ = std::max(ref_limit_, ref + 1);
  ++samples_;
}

void BatchWriter::Encode(const Columns& columns, bool increments, std::string& out) {
  std::string body;
  body.reserve(kColumnsOverhead + columns.refs.size() * (sizeof(double) + 4));
  if (columns.base != 0) {
    AppendVarintField(body, kColumnsBaseTimestamp, static_cast<std::uint64_t>(columns.base));
  }
  AppendPacked(body, kColumnsRefs, columns.refs, [](std::uint32_t ref) -> std::uint64_t { return ref; });
  if (!columns.deltas.empty()) AppendPacked(body, kColumnsTimestampDeltas, columns.deltas, ZigZag);
  AppendDoubles(body, kColumnsValues, columns.values);
  if (increments) AppendVarintField(body, kColumnsIncrements, 1);
  AppendBytesField(out, kBatchColumns, body);
}

EncodedBatch BatchWriter::Take() {
  EncodedBatch batch;
  batch.bytes.reserve(bytes_);
  for (const Group group : {kStamped, kUnstamped, kIncrements, kUnstampedIncrements}) {
    Columns& columns = groups_[group];
    if (columns.refs.empty()) continue;
    Encode(columns, group == kIncrements || group == kUnstampedIncrements, batch.bytes);
    columns.refs.clear();
    columns.deltas.clear();
    columns.values.clear();
  }
  batch.bytes.append(histograms_);
  histograms_.clear();
  batch.samples = std::exchange(samples_, 0);
  batch.ref_limit = std::exchange(ref_limit_, 0);
  bytes_ = 0;
  return batch;
}

}  // namespace obs
