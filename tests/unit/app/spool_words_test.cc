#include "app/spool_words.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(SpoolWordsTest, SaysWhatStaysAndWhatIsLost) {
  EXPECT_EQ("", SpoolWords("", "for later", 5, 0, ""));
  EXPECT_EQ("; they stay in dir for later", SpoolWords("dir", "for later", 5, 0, ""));
  EXPECT_EQ("; 3 of them stay in dir for later, and 2 are lost, since they are not in it: disk full",
            SpoolWords("dir", "for later", 5, 2, "disk full"));
  EXPECT_EQ("; they are lost, since they are not in dir: disk full",
            SpoolWords("dir", "for later", 5, 5, "disk full"));
  EXPECT_EQ("; they are lost, since they are not in dir", SpoolWords("dir", "for later", 5, 5, ""));
}

}  // namespace
}  // namespace obs
