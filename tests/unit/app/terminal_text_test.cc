#include "app/terminal_text.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(TerminalTextTest, NothingSteersTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\nc\td\x7f"), "a\\x1b[31mb\\nc\\td\\x7f");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m")
      << "C1 control";
  EXPECT_EQ(Printable("\xff\xe2\x82"), "\\xff\\xe2\\x82");
  EXPECT_EQ(Printable("Zürich €"), "Zürich €");
}

TEST(TerminalTextTest, TextFitsItsColumn) {
  EXPECT_EQ(FitLeft("abc", 5), "abc  ");
  EXPECT_EQ(FitRight("abc", 5), "  abc");
  EXPECT_EQ(FitLeft("abcdef", 4), "abc…");
  EXPECT_EQ(FitLeft("Zürich", 6), "Zürich");
  EXPECT_EQ(FitLeft("Zürich", 3), "Zü…");
  EXPECT_EQ(FitLeft("abc", 0), "");
  EXPECT_EQ(FitMiddle("abc", 5), "abc  ");
  EXPECT_EQ(FitMiddle("name{label=\"value\"}", 11), "name…alue\"}");
  EXPECT_EQ(FitMiddle("äöüäöüäöü", 6), "äö…äöü");
}

TEST(TerminalTextTest, SeriesReadsAsASelector) {
  const SeriesIdentity series{"cpu", MetricKind::kGauge, "api", "1", {{"core", "0"}, {"path", "a\"b\\c\n"}}};
  EXPECT_EQ(SeriesText(series), "cpu{core=\"0\",path=\"a\\\"b\\\\c\\n\"}");
  EXPECT_EQ(SeriesText({"up", MetricKind::kGauge, "api", "1", {}}), "up");
}

}  // namespace
}  // namespace obs
