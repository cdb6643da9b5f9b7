#include "app/start_page.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string PageFor(std::string host) {
  HttpRequest request;
  request.headers = {{"Host", std::move(host)}};
  return *StartPage(request, 9001, 9101).body;
}

TEST(StartPageTest, NamesAllPortsUnderTheHostThatTheReaderUsed) {
  const std::string page = PageFor("metrics.example.com:8081");
  EXPECT_THAT(page, HasSubstr("ws://metrics.example.com:8081/ws"));
  EXPECT_THAT(page, HasSubstr("http://metrics.example.com:9101/metrics"));
  EXPECT_THAT(page, HasSubstr("metrics.example.com:9001"));
}

TEST(StartPageTest, IgnoresAHostHeaderThatIsNoHost) {
  const std::string page = PageFor("<script>alert(1)</script>");
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, HasSubstr("ws://localhost:"));
}

TEST(StartPageTest, SaysWhyItIsThereInsteadOfTheDashboard) {
  EXPECT_THAT(PageFor("localhost"), HasSubstr("without the dashboard: that needs Node.js"));
}

}  // namespace
}  // namespace obs
