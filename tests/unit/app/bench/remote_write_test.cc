#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/bench/remote_write_connection.h"
#include "app/bench/remote_write_source.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "snappy.h"

namespace obs {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;

struct ParsedSeries {
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<std::int64_t, double>> samples;  // time and value
};

struct Fields : google::protobuf::UnknownFieldSet {
  explicit Fields(const std::string& bytes) { EXPECT_TRUE(ParseFromString(bytes)); }
};

// Reads a WriteRequest by the field numbers of Prometheus's remote.proto and types.proto.
std::vector<ParsedSeries> Parse(std::string_view request) {
  std::string bytes;
  EXPECT_TRUE(snappy::Uncompress(request.data(), request.size(), &bytes));
  std::vector<ParsedSeries> all;
  const Fields fields(bytes);
  for (int i = 0; i < fields.field_count(); ++i) {
    EXPECT_EQ(fields.field(i).number(), 1);
    ParsedSeries& series = all.emplace_back();
    const Fields parts(fields.field(i).length_delimited());
    for (int j = 0; j < parts.field_count(); ++j) {
      const Fields part(parts.field(j).length_delimited());
      EXPECT_EQ(part.field_count(), 2);
      EXPECT_EQ(part.field(0).number(), 1);
      EXPECT_EQ(part.field(1).number(), 2);
      if (parts.field(j).number() == 1) {
        series.labels.emplace_back(part.field(0).length_delimited(), part.field(1).length_delimited());
      } else {
        series.samples.emplace_back(part.field(1).varint(), std::bit_cast<double>(part.field(0).fixed64()));
      }
    }
  }
  return all;
}

TEST(RemoteWriteSourceTest, EverySeriesHasItsNameAndLabelsSorted) {
  RemoteWriteSource source({.first_series = 150, .series = 100});
  const auto request = Parse(source.Next(kNowMs, 1));
  ASSERT_EQ(request.size(), 100u);
  std::map<std::string, int> names;
  for (const ParsedSeries& series : request) {
    ASSERT_EQ(series.labels.size(), 5u);
    EXPECT_EQ(series.labels[0].first, "__name__");
    EXPECT_TRUE(std::ranges::is_sorted(series.labels));
    ++names[series.labels[0].second];
  }
  EXPECT_EQ(names,
            (std::map<std::string, int>{{"bench_requests_0001_total", 50}, {"bench_load_0002_percent", 50}}));
}

TEST(RemoteWriteSourceTest, SamplesAreAMillisecondApartAndValuesAreTheLoads) {
  RemoteWriteSource source({.first_series = 100, .series = 10});
  source.Next(kNowMs, 1);
  const auto request = Parse(source.Next(kNowMs + 50, 3));
  ASSERT_EQ(request.size(), 10u);
  for (std::uint64_t i = 0; i < 10; ++i) {
    const BenchShape shape = BenchShapeOf({100 + i, 100});
    ASSERT_EQ(request[i].samples.size(), 3u);
    for (std::uint64_t j = 0; j < 3; ++j) {
      EXPECT_EQ(request[i].samples[j].first, kNowMs + 50 + static_cast<std::int64_t>(j));
      EXPECT_EQ(request[i].samples[j].second, BenchMoment(1 + j).ValueOf(shape));
    }
  }
}

TEST(RemoteWriteSourceTest, TimeRisesThoughTheClockStandsStill) {
  RemoteWriteSource source({.series = 1});
  std::int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const auto parsed = Parse(source.Next(kNowMs, 5));
    for (const auto& [timestamp, value] : parsed.at(0).samples) {
      EXPECT_GT(timestamp, last);
      last = timestamp;
    }
  }
}

TEST(RemoteWriteAnswerTest, IsWholeOnceItsBodyIs) {
  EXPECT_EQ(ParseRemoteWriteAnswer("HTTP/1.1 204 No Content\r\nDate: x\r\n")->status, 0);
  EXPECT_EQ(ParseRemoteWriteAnswer("HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n")->status, 204);
  EXPECT_EQ(ParseRemoteWriteAnswer("HTTP/1.1 400 Bad\r\ncontent-LENGTH: 7\r\n\r\ntoo ba")->status, 0);
  const auto refused = ParseRemoteWriteAnswer("HTTP/1.1 400 Bad\r\ncontent-LENGTH: 7\r\n\r\ntoo bad");
  EXPECT_EQ(refused->status, 400);
  EXPECT_EQ(refused->words, "too bad");
}

TEST(RemoteWriteAnswerTest, WithoutALengthOrWithoutHttpIsAnError) {
  EXPECT_FALSE(ParseRemoteWriteAnswer("HTTP/1.1 200 OK\r\nDate: x\r\n\r\n").ok());
  EXPECT_FALSE(ParseRemoteWriteAnswer("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n").ok());
  EXPECT_FALSE(ParseRemoteWriteAnswer("SSH-2.0\r\n\r\n").ok());
}

}  // namespace
}  // namespace obs
