// Assertion::Parse(): any text gives an assertion or an error in UTF-8; an assertion can be judged, also of
// values that are not finite.

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string_view>

#include "app/check/assertion.h"
#include "base/utf8.h"

namespace {

obs::WatchedSeries Series() {
  obs::WatchedSeries series(10'000'000);
  obs::DecodedFrame frame;
  const auto add = [&frame](obs::MetricKind kind, const char* name, double value) {
    const obs::SeriesIdentity identity{name, kind, "api", "1", {{"route", "/"}}};
    frame.samples.push_back({std::make_shared<obs::SeriesIdentity>(identity), 1'000'000, false, value, {}});
  };
  add(obs::MetricKind::kGauge, "g", std::numeric_limits<double>::infinity());
  add(obs::MetricKind::kCounter, "c", 5);
  add(obs::MetricKind::kHistogram, "h", 0);
  frame.samples.back().histogram = {
      .count = 3, .window_count = 3, .min = 1, .max = 9, .buckets = {{1, 0}, {9, 3}}};
  frame.head.timestamp_us = 1'000'000;
  series.Take(frame);
  frame.head.timestamp_us = 5'000'000;
  series.Take(frame);
  return series;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const obs::WatchedSeries kSeries = Series();
  const auto assertion = obs::Assertion::Parse({reinterpret_cast<const char*>(data), size});
  const auto is_utf8 = [](absl::string_view text) {
    return obs::IsValidUtf8(std::string_view(text.data(), text.size()));
  };
  if (!assertion.ok()) {
    if (!is_utf8(assertion.status().message())) std::abort();
    return 0;
  }
  if (!is_utf8(assertion->Judge(kSeries).text)) std::abort();
  if (assertion->window_ns() > obs::kMaxRateWindowNs) std::abort();
  return 0;
}
