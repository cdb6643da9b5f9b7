// How history packs the records of a histogram: about a byte for each bucket that is not empty, and ten for
// the rest.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer/distribution_record.h"

namespace obs {

enum class Precision : std::uint8_t {
  kExact,
  kRounded,  // means, minima and maxima that are not short decimal numbers have 16 bits of mantissa
  kCoarse,   // and timestamps are rounded down to milliseconds
};

// What the next record is encoded against.
struct DistributionState {
  std::int64_t ticks = 0;  // the newest timestamp: in milliseconds if coarse, else in microseconds
  std::int64_t delta = 0;  // to it from the one before
  std::int32_t first_index = 0;
  std::int32_t scale = Sketch::kDefaultScale;
  // The newest rounded ones: the high 24 bits of floats.
  std::uint32_t mean = 0;
  std::uint32_t min = 0;
  std::uint32_t max = 0;
};

// More than PutRecord() will write.
std::size_t MaxRecordBytes(const DistributionRecord& record);

// Writes `record`, which is not empty, and returns the byte after it.
std::uint8_t* PutRecord(std::uint8_t* out, const DistributionRecord& record, Precision precision,
                        DistributionState* state);
// Reads the next record and returns the byte after it.
const std::uint8_t* GetRecord(const std::uint8_t* in, Precision precision, DistributionState* state,
                              DistributionRecord* record);
// The time of the next record's oldest slot.
std::int64_t PeekTimestamp(const std::uint8_t* in, Precision precision, const DistributionState& state);

}  // namespace obs
