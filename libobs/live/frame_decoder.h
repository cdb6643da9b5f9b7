// Reads binary frames: the inverse of what the hub writes.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "model/histogram_state.h"
#include "model/series_identity.h"
#include "wire/live_frame.h"

namespace obs {

// A sample as a watcher gets it.
struct LiveSample {
  std::shared_ptr<const SeriesIdentity> series;
  std::int64_t timestamp_us = 0;
  bool history = false;
  double value = 0;          // gauges and counters
  HistogramState histogram;  // histograms
};

struct DecodedFrame {
  LiveFrameHead head;
  std::vector<LiveSample> samples;
  std::vector<std::shared_ptr<const SeriesIdentity>> gone;
};

class LiveFrameDecoder {
 public:
  // Frames of one subscription, in order: a frame whose `seq` is 1 begins a new one. Errors: INVALID_ARGUMENT
  // (not a frame, a series that was never announced, columns of different lengths, a
  // timestamp before 1970 or after 9999).
  absl::StatusOr<DecodedFrame> Decode(std::string_view bytes);

 private:
  absl::flat_hash_map<std::uint32_t, std::shared_ptr<const SeriesIdentity>> series_;
};

}  // namespace obs
