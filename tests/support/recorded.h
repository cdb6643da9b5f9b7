// What a recorder handed over, decoded with the generated parser: by series, in words.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/series_catalog.h"
#include "telemetry.pb.h"
#include "wire/batch_writer.h"

namespace obs::testing {

struct Recorded {
  // Keys: name, or name{label=value,...}, labels by rising name.
  std::map<std::string, double> values;             // gauges and counters, the newest of each
  std::vector<std::pair<std::string, double>> all;  // of those, as they came
  std::map<std::string, telemetry::ExponentialHistogram> histograms;
  std::map<std::string, telemetry::SeriesAnnouncement> series;
  std::size_t samples = 0;
};

inline std::string Describe(const telemetry::SeriesAnnouncement& series) {
  const std::map<std::string, std::string> labels(series.labels().begin(), series.labels().end());
  std::string text;
  for (const auto& [name, value] : labels) text += (text.empty() ? "{" : ",") + name + "=" + value;
  return series.name() + (text.empty() ? "" : text + "}");
}

inline Recorded Decode(const SeriesCatalog& catalog, const std::vector<EncodedBatch>& batches) {
  std::string bytes;
  catalog.AppendAnnouncements(0, static_cast<std::uint32_t>(catalog.size()), SIZE_MAX, bytes);
  telemetry::TelemetryBatch announcements;
  EXPECT_TRUE(announcements.ParseFromString(bytes));
  Recorded recorded;
  std::map<std::uint32_t, std::string> names;
  for (const auto& series : announcements.series()) {
    names[series.ref()] = Describe(series);
    recorded.series[Describe(series)] = series;
  }
  for (const EncodedBatch& encoded : batches) {
    telemetry::TelemetryBatch batch;
    EXPECT_TRUE(batch.ParseFromString(encoded.bytes));
    recorded.samples += encoded.samples;
    for (const auto& columns : batch.columns()) {
      for (int i = 0; i < columns.refs_size(); ++i) {
        recorded.values[names.at(columns.refs(i))] = columns.values(i);
        recorded.all.emplace_back(names.at(columns.refs(i)), columns.values(i));
      }
    }
    for (const auto& point : batch.histograms()) {
      recorded.histograms[names.at(point.ref())] = point.histogram().sketch();
    }
  }
  return recorded;
}

}  // namespace obs::testing
