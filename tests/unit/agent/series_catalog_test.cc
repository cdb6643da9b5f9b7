#include "agent/series_catalog.h"

#include <string>

#include "gtest/gtest.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

telemetry::TelemetryBatch Announce(const SeriesCatalog& catalog, std::uint32_t first, std::uint32_t limit) {
  std::string bytes;
  EXPECT_EQ(catalog.AppendAnnouncements(first, limit, SIZE_MAX, bytes), limit);
  telemetry::TelemetryBatch batch;
  EXPECT_TRUE(batch.ParseFromString(bytes));
  return batch;
}

TEST(SeriesCatalogTest, RefsCountUpAndStay) {
  SeriesCatalog catalog(10);
  const LabelSet labels{{"a", "1"}};
  EXPECT_EQ(catalog.FindOrAdd({"x", MetricKind::kGauge, {}}), 0u);
  EXPECT_EQ(catalog.FindOrAdd({"x", MetricKind::kGauge, labels}), 1u);
  EXPECT_EQ(catalog.FindOrAdd({"x", MetricKind::kCounter, {}}), 2u);
  EXPECT_EQ(catalog.FindOrAdd({"x", MetricKind::kCounter, {}, true}), 3u);
  EXPECT_EQ(catalog.FindOrAdd({"x", MetricKind::kGauge, labels}), 1u);
  EXPECT_EQ(catalog.size(), 4u);
}

TEST(SeriesCatalogTest, FullCatalogRefusesOnlyWhatIsNew) {
  SeriesCatalog catalog(1);
  EXPECT_EQ(catalog.FindOrAdd({"x", MetricKind::kGauge, {}}), 0u);
  EXPECT_EQ(catalog.FindOrAdd({"y", MetricKind::kGauge, {}}), std::nullopt);
  EXPECT_EQ(catalog.FindOrAdd({"x", MetricKind::kGauge, {}}), 0u);
}

TEST(SeriesCatalogTest, AnnouncementsSayAllThereIs) {
  SeriesCatalog catalog(10);
  catalog.FindOrAdd({"first", MetricKind::kGauge, {}});
  catalog.FindOrAdd({"second_total", MetricKind::kCounter, {{"a", "1"}, {"b", ""}}, true});
  const telemetry::TelemetryBatch batch = Announce(catalog, 0, 2);
  ASSERT_EQ(batch.series_size(), 2);
  EXPECT_EQ(batch.series(0).ref(), 0u);
  EXPECT_EQ(batch.series(0).name(), "first");
  EXPECT_EQ(batch.series(0).kind(), telemetry::KIND_GAUGE);
  EXPECT_FALSE(batch.series(0).shared_total());
  EXPECT_EQ(batch.series(1).ref(), 1u);
  EXPECT_EQ(batch.series(1).kind(), telemetry::KIND_COUNTER);
  EXPECT_EQ(batch.series(1).labels().at("a"), "1");
  EXPECT_EQ(batch.series(1).labels().at("b"), "");
  EXPECT_TRUE(batch.series(1).shared_total());
  EXPECT_EQ(Announce(catalog, 1, 2).series(0).name(), "second_total");
}

TEST(SeriesCatalogTest, AnnouncementsStopAtTheGivenSizeYetMakeProgress) {
  SeriesCatalog catalog(10);
  for (const char* name : {"aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"})
    catalog.FindOrAdd({name, MetricKind::kGauge, {}});
  std::string bytes;
  EXPECT_EQ(catalog.AppendAnnouncements(0, 3, 1, bytes), 1u);
  const std::size_t one = bytes.size();
  bytes.clear();
  EXPECT_EQ(catalog.AppendAnnouncements(0, 3, 2 * one, bytes), 2u);
  EXPECT_LE(bytes.size(), 2 * one);
}

}  // namespace
}  // namespace obs
