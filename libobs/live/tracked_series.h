// A series that some group watches: its newest state, encoded at most once for each change and format.
//
// Thread safety: the hub's thread only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "buffer/series.h"
#include "wire/live_frame.h"

namespace obs {

struct Member;

class TrackedSeries {
 public:
  // `ref` names the series in binary frames; it is never used for another one.
  TrackedSeries(SeriesPtr series, std::uint32_t ref);

  const SeriesPtr& series() const { return series_; }
  std::uint32_t ref() const { return ref_; }
  MetricKind kind() const { return series_->identity().kind; }
  std::int64_t timestamp_us() const { return state_.timestamp_us; }

  void SetState(const SeriesState& state);

  // The series' constant part.
  std::string_view EncodedSeries(LiveFormat format);
  // The newest state. Valid until the next SetState().
  EncodedSample Encode(LiveFormat format);

  // Where it takes part, by group; kept by the groups.
  std::vector<Member*> members;

 private:
  struct Encoding {
    std::string series;  // empty until first wanted
    std::string sample;
    bool current = false;  // `sample` is of the newest state
  };

  Encoding& encoding(LiveFormat format) { return encodings_[static_cast<std::size_t>(format)]; }

  const SeriesPtr series_;
  const std::uint32_t ref_;
  SeriesState state_;
  std::array<Encoding, 2> encodings_;
};

// Encodes a sample of `kind`: `histogram` counts if it is one, `value` otherwise.
void AppendSample(std::string& out, LiveFormat format, std::uint32_t ref, MetricKind kind,
                  std::int64_t timestamp_us, double value, const HistogramState& histogram, bool history);

}  // namespace obs
