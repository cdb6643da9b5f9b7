#include "ingest/admission.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "telemetry.pb.h"
#include "wire/batch_decoder.h"

namespace obs {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// ---- Identity ----

TEST(AdmissionTest, IdentityHasOneTo256BytesOfUtf8) {
  EXPECT_FALSE(IsValidIdentity(""));
  EXPECT_TRUE(IsValidIdentity("a"));
  EXPECT_TRUE(IsValidIdentity(std::string(256, 'a')));
  EXPECT_FALSE(IsValidIdentity(std::string(257, 'a')));
  EXPECT_FALSE(IsValidIdentity("\xff"));
}

TEST(AdmissionTest, ProducerHasUpTo64BytesOfUtf8) {
  EXPECT_TRUE(IsValidProducer(""));
  EXPECT_TRUE(IsValidProducer(std::string(64, 'a')));
  EXPECT_FALSE(IsValidProducer(std::string(65, 'a')));
  EXPECT_FALSE(IsValidProducer("\xff"));
}

// ---- Times ----

TEST(AdmissionTest, TimeRangeHoldsBothItsEndsAndNothingBeyond) {
  const TimeRange range(1000, 100);
  EXPECT_TRUE(range.Contains(900));
  EXPECT_TRUE(range.Contains(1100));
  EXPECT_FALSE(range.Contains(899));
  EXPECT_FALSE(range.Contains(1101));
  EXPECT_FALSE(range.Contains(std::numeric_limits<std::int64_t>::min()));
  EXPECT_FALSE(range.Contains(std::numeric_limits<std::int64_t>::max()));
  EXPECT_TRUE(TimeRange(0, 100).Contains(-100));
}

// ---- Labels ----

std::string Merged(const std::vector<LabelView>& own, const std::vector<LabelView>& defaults,
                   SeriesFault expected) {
  std::vector<LabelView> merged;
  EXPECT_EQ(expected, MergeLabels(own, defaults, &merged));
  std::string text;
  for (const LabelView& label : merged)
    text += std::string(label.name) + "=" + std::string(label.value) + " ";
  return text;
}

TEST(AdmissionTest, LabelsAreSortedAndOwnOnesWin) {
  EXPECT_EQ("a=1 b=2 c=3 ", Merged({{"c", "3"}, {"a", "1"}}, {{"a", "x"}, {"b", "2"}}, SeriesFault::kNone));
  EXPECT_EQ("", Merged({}, {}, SeriesFault::kNone));
}

TEST(AdmissionTest, ALabelMustNotOccurTwice) {
  Merged({{"a", "1"}, {"b", "2"}, {"a", "1"}}, {}, SeriesFault::kDuplicateLabel);
}

TEST(AdmissionTest, OwnAndBatchLabelsTogetherAreAtMost64) {
  std::vector<std::string> names;
  for (int i = 0; i < 65; ++i) names.push_back(std::to_string(i));
  std::vector<LabelView> own;
  for (int i = 0; i < 60; ++i) own.push_back({names[i], ""});
  std::vector<LabelView> defaults;
  for (int i = 60; i < 64; ++i) defaults.push_back({names[i], ""});
  Merged(own, defaults, SeriesFault::kNone);
  defaults.push_back({names[64], ""});
  Merged(own, defaults, SeriesFault::kTooManyLabels);
}

// ---- Histograms ----

std::optional<RejectReason> Admit(const telemetry::Histogram& histogram, Distribution* out,
                                  std::string* detail) {
  telemetry::TelemetryBatch batch;
  *batch.add_samples()->mutable_histogram() = histogram;
  const std::string bytes = batch.SerializeAsString();
  BatchDecoder decoder;
  EXPECT_TRUE(decoder.Decode(bytes).ok());
  return AdmitHistogram(decoder.batch().histograms.at(0), out, detail);
}

class AdmitHistogramTest : public ::testing::Test {
 protected:
  std::optional<RejectReason> Admit() { return obs::Admit(histogram_, &distribution_, &detail_); }

  telemetry::Histogram histogram_;
  Distribution distribution_;
  std::string detail_;
};

TEST_F(AdmitHistogramTest, ExplicitBucketsStayExplicit) {
  for (const double bound : {1.0, 2.0}) histogram_.add_bounds(bound);
  for (const std::uint64_t count : {1u, 2u, 3u}) histogram_.add_counts(count);
  histogram_.set_sum(9);
  ASSERT_EQ(std::nullopt, Admit());
  EXPECT_EQ(6u, CountOf(distribution_));
  EXPECT_EQ(9, SumOf(distribution_));
  EXPECT_TRUE(std::holds_alternative<ExplicitHistogram>(distribution_));
}

TEST_F(AdmitHistogramTest, OneBucketWithoutBoundsIsWellFormed) {
  histogram_.add_counts(3);
  ASSERT_EQ(std::nullopt, Admit());
  EXPECT_EQ(3u, CountOf(distribution_));
}

TEST_F(AdmitHistogramTest, CountsMustBeOneMoreThanBounds) {
  histogram_.add_bounds(1);
  histogram_.add_counts(3);
  EXPECT_EQ(RejectReason::kInvalidHistogram, Admit());
  EXPECT_THAT(detail_, HasSubstr("counts"));
}

TEST_F(AdmitHistogramTest, BoundsMustRise) {
  for (const double bound : {2.0, 2.0}) histogram_.add_bounds(bound);
  for (const std::uint64_t count : {1u, 2u, 3u}) histogram_.add_counts(count);
  EXPECT_EQ(RejectReason::kInvalidHistogram, Admit());
  EXPECT_FALSE(detail_.empty());
}

TEST_F(AdmitHistogramTest, ObservationsBecomeASketch) {
  for (const double value : {1.0, -2.0, 0.0}) histogram_.add_observations(value);
  ASSERT_EQ(std::nullopt, Admit());
  EXPECT_EQ(3u, CountOf(distribution_));
  EXPECT_EQ(-1, SumOf(distribution_));
}

TEST_F(AdmitHistogramTest, ObservationsAreFinite) {
  for (const double value : {1.0, kNaN}) histogram_.add_observations(value);
  EXPECT_EQ(RejectReason::kNotFinite, Admit());
}

TEST_F(AdmitHistogramTest, NoObservationIsNoError) {
  ASSERT_EQ(std::nullopt, Admit());
  EXPECT_EQ(0u, CountOf(distribution_));
}

TEST_F(AdmitHistogramTest, FormsExcludeEachOther) {
  histogram_.add_counts(1);
  histogram_.add_observations(1);
  EXPECT_EQ(RejectReason::kInvalidHistogram, Admit());
}

TEST_F(AdmitHistogramTest, SketchesAreTaken) {
  auto* sketch = histogram_.mutable_sketch();
  sketch->set_scale(6);
  sketch->mutable_positive()->set_offset(-1);
  sketch->mutable_positive()->add_counts(2);
  sketch->set_count(2);
  sketch->set_sum(2);
  sketch->set_min(1);
  sketch->set_max(1);
  ASSERT_EQ(std::nullopt, Admit()) << detail_;
  EXPECT_EQ(2u, CountOf(distribution_));
}

TEST_F(AdmitHistogramTest, CountsOfASketchMustAddUp) {
  auto* sketch = histogram_.mutable_sketch();
  sketch->mutable_positive()->add_counts(2);
  sketch->set_count(3);
  EXPECT_EQ(RejectReason::kInvalidHistogram, Admit());
  EXPECT_FALSE(detail_.empty());
}

// ---- Words ----

TEST(RejectReasonTest, EveryReasonHasItsWords) {
  for (std::size_t i = 0; i < kRejectReasonCount; ++i) {
    EXPECT_FALSE(ReasonName(static_cast<RejectReason>(i)).empty()) << i;
    EXPECT_FALSE(ReasonText(static_cast<RejectReason>(i)).empty()) << i;
  }
  EXPECT_EQ("memory_limit", ReasonName(RejectReason::kMemoryLimit));
  for (const SeriesFault fault :
       {SeriesFault::kInvalidName, SeriesFault::kInvalidLabel, SeriesFault::kDuplicateLabel,
        SeriesFault::kTooManyLabels, SeriesFault::kInvalidUtf8}) {
    EXPECT_EQ(FaultName(fault), ReasonName(ReasonOf(fault)));
  }
}

}  // namespace
}  // namespace obs
