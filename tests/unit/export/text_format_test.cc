#include "export/text_format.h"

#include <limits>

#include "gtest/gtest.h"

namespace obs {
namespace {

std::string Label(std::string_view name, std::string_view value) {
  std::string out;
  AppendLabel(out, name, value);
  return out;
}

std::string Value(double value) {
  std::string out;
  AppendValue(out, value);
  return out;
}

TEST(TextFormatTest, MetricNamesAreMadeValid) {
  EXPECT_EQ(ExposedMetricName("cpu_percent"), "cpu_percent");
  EXPECT_EQ(ExposedMetricName("job:rate5m"), "job:rate5m");
  EXPECT_EQ(ExposedMetricName("http.requests-total"), "http_requests_total");
  EXPECT_EQ(ExposedMetricName("5xx"), "_5xx");
  EXPECT_EQ(ExposedMetricName("a b\nc\"d\\e{f}"), "a_b_c_d_e_f_");
}

TEST(TextFormatTest, CharacterOfSeveralBytesIsOneUnderscore) {
  EXPECT_EQ(ExposedMetricName("temp_°C"), "temp__C");
  EXPECT_EQ(ExposedMetricName("日本"), "__");
}

TEST(TextFormatTest, LabelNamesThatMeanSomethingArePrefixed) {
  EXPECT_EQ(ExposedLabelName("route"), "route");
  EXPECT_EQ(ExposedLabelName("a:b.c"), "a_b_c");
  EXPECT_EQ(ExposedLabelName("2xx"), "_2xx");
  EXPECT_EQ(ExposedLabelName("service"), "exported_service");
  EXPECT_EQ(ExposedLabelName("instance"), "exported_instance");
  EXPECT_EQ(ExposedLabelName("le"), "exported_le");
  EXPECT_EQ(ExposedLabelName("quantile"), "exported_quantile");
  EXPECT_EQ(ExposedLabelName("..name.."), "exported___name__");
}

TEST(TextFormatTest, LabelValuesAreEscaped) {
  EXPECT_EQ(Label("a", "plain ü"), "a=\"plain ü\"");
  EXPECT_EQ(Label("a", "\\\"\n"), "a=\"\\\\\\\"\\n\"");
  EXPECT_EQ(Label("a", "x\\y"), "a=\"x\\\\y\"");
  EXPECT_EQ(Label("a", "tab\tand\rreturn"), "a=\"tab\tand\rreturn\"");
}

TEST(TextFormatTest, ValuesReadBackExactly) {
  EXPECT_EQ(Value(0), "0");
  EXPECT_EQ(Value(-17), "-17");
  EXPECT_EQ(Value(1'000'000), "1000000");
  EXPECT_EQ(Value(0.1), "0.1");
  EXPECT_EQ(Value(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(Value(1e300), "1e+300");
  EXPECT_EQ(std::stod(Value(9007199254740993e3)), 9007199254740993e3);
  EXPECT_EQ(Value(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(Value(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(Value(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

}  // namespace
}  // namespace obs
