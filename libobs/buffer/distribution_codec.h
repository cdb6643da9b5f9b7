// How history packs the records of a histogram: about a byte for each bucket that is not empty, and ten for
// the rest.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer/distribution_record.h"

namespace obs {

// Sums, minima and maxima that are not short decimal numbers may be rounded to 16 bits of mantissa.
enum class Precision : std::uint8_t { kExact, kRounded };

// What the next record is encoded against.
struct DistributionState {
  std::int64_t timestamp_us = 0;
  std::int64_t delta_us = 0;
  std::int32_t first_index = 0;
  std::int32_t scale = Sketch::kDefaultScale;
};

// More than PutRecord() will write.
std::size_t MaxRecordBytes(const DistributionRecord& record);

// Writes `record`, which is not empty, and returns the byte after it.
std::uint8_t* PutRecord(std::uint8_t* out, const DistributionRecord& record, Precision precision,
                        DistributionState* state);
// Reads the next record and returns the byte after it.
const std::uint8_t* GetRecord(const std::uint8_t* in, DistributionState* state, DistributionRecord* record);
// The time of the next record's oldest slot.
std::int64_t PeekTimestamp(const std::uint8_t* in, const DistributionState& state);

}  // namespace obs
