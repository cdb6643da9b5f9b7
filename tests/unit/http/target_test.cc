#include "http/target.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(HttpTargetTest, DecodesPathAndQueryEachByItsOwnRules) {
  const auto target = ParseHttpTarget("/a+b%20c?x+y=%2B&e=&bare&=v&&x+y=2#frag");
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->path, "/a+b c");
  EXPECT_THAT(target->query, ElementsAre(Pair("x y", "+"), Pair("e", ""), Pair("bare", ""), Pair("", "v"),
                                         Pair("x y", "2")));
}

TEST(HttpTargetTest, ValueMayHoldEqualsSigns) {
  EXPECT_THAT(ParseHttpTarget("/?match=a=b")->query, ElementsAre(Pair("match", "a=b")));
}

TEST(HttpTargetTest, AbsoluteFormLosesItsAuthority) {
  EXPECT_EQ(ParseHttpTarget("HTTP://host:80/p?x=1")->path, "/p");
  EXPECT_EQ(ParseHttpTarget("http://host")->path, "/");
}

TEST(HttpTargetTest, RefusesWhatHasNoMeaning) {
  for (const char* text : {"", "*", "path", "/%", "/%4", "/%zz", "/ok?x=%zz", "/%00", "http://host?x"}) {
    EXPECT_EQ(ParseHttpTarget(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace obs
