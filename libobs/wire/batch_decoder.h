// Decodes a TelemetryBatch without message objects. A batch is decoded whole before any of it is applied, so
// a malformed one changes nothing.
//
// Fields may come in any order, repeated scalars packed or not, and unknown fields are passed over.
//
// Thread safety: one thread at a time. Keeps its memory from batch to batch.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "wire/batch_view.h"
#include "wire/packed_joiner.h"
#include "wire/proto_reader.h"

namespace obs {

class BatchDecoder {
 public:
  // On success batch() holds the batch, as views into `bytes`.
  // Errors: INVALID_ARGUMENT naming the byte, the message it is in, and what is wrong there.
  absl::Status Decode(std::string_view bytes);

  // Of the last Decode(); of no meaning if that failed.
  const BatchView& batch() const { return batch_; }

  // Heap bytes held, nearly.
  std::size_t HeapBytes() const;

 private:
  void Clear();
  bool DecodeBatch();
  bool DecodeReport(std::string_view bytes);
  bool DecodeDrop(std::string_view bytes);
  bool DecodeMetric(std::string_view bytes);
  bool DecodeFlatSample(std::string_view bytes);
  // `flat` takes name and labels; null: they are not wanted.
  bool DecodeSample(std::string_view bytes, MetricView* flat);
  bool DecodeAnnouncement(std::string_view bytes);
  bool DecodeColumns(std::string_view bytes);
  bool DecodePoint(std::string_view bytes);
  bool DecodeHistogram(std::string_view bytes, std::uint32_t index);
  bool DecodeSketch(std::string_view bytes, HistogramView* histogram);
  bool DecodeBuckets(std::string_view bytes, BucketsView* buckets);

  bool ReadLabel(ProtoReader& reader, std::vector<LabelView>* labels);
  // True if `reader` came to its end; otherwise keeps its error.
  bool Finish(const ProtoReader& reader, std::string_view message);
  bool Fail(const char* position, std::string_view message, std::string_view what);

  std::string_view bytes_;
  absl::Status status_;
  BatchView batch_;
  PackedJoiner packed_;
};

}  // namespace obs
