#include "live/origin.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(OriginTest, PageOfTheSameHostAndPortMayWatch) {
  EXPECT_TRUE(OriginAllowed("http://localhost:8080", "localhost:8080", {}));
  EXPECT_TRUE(OriginAllowed("http://LocalHost:8080", "localhost:8080", {}));
  EXPECT_TRUE(OriginAllowed("http://[::1]:8080", "[::1]:8080", {}));
}

TEST(OriginTest, PageOfAnotherHostPortOrNoneMayNot) {
  EXPECT_FALSE(OriginAllowed("http://evil.example", "localhost:8080", {}));
  EXPECT_FALSE(OriginAllowed("http://localhost:3000", "localhost:8080", {}));
  EXPECT_FALSE(OriginAllowed("http://localhost:8080.evil.example", "localhost:8080", {}));
  EXPECT_FALSE(OriginAllowed("null", "localhost:8080", {}));
  EXPECT_FALSE(OriginAllowed("", "localhost:8080", {}));
  EXPECT_FALSE(OriginAllowed("", "", {}));
  EXPECT_FALSE(OriginAllowed("null", "null", {}));
}

TEST(OriginTest, DefaultPortOfTheSchemeMayBeLeftOut) {
  EXPECT_TRUE(OriginAllowed("http://obs.example", "obs.example:80", {}));
  EXPECT_TRUE(OriginAllowed("https://obs.example:443", "obs.example", {}));
  EXPECT_FALSE(OriginAllowed("http://obs.example", "obs.example:443", {}));
}

TEST(OriginTest, ListedOriginsMayWatch) {
  const std::vector<std::string> allowed{"http://dash.example:3000/", "other.example"};
  EXPECT_TRUE(OriginAllowed("http://dash.example:3000", "localhost:8080", allowed));
  EXPECT_FALSE(OriginAllowed("https://dash.example:3000", "localhost:8080", allowed)) << "another scheme";
  EXPECT_TRUE(OriginAllowed("https://other.example", "localhost:8080", allowed));
  EXPECT_TRUE(OriginAllowed("http://other.example", "localhost:8080", allowed));
  EXPECT_FALSE(OriginAllowed("http://other.example:81", "localhost:8080", allowed));
}

TEST(OriginTest, StarAllowsAll) {
  EXPECT_TRUE(OriginAllowed("http://evil.example", "localhost:8080", {"*"}));
  EXPECT_TRUE(OriginAllowed("null", "localhost:8080", {"*"}));
}

}  // namespace
}  // namespace obs
