#include "http/response_head.h"

#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNow = 784111777 * kNanosPerSecond;  // the date of RFC 9110's example

TEST(ResponseHeadTest, IsExactlyThis) {
  HttpResponse response = HttpResponse::Json("{}");
  response.headers.emplace_back("Cache-Control", "no-store");
  EXPECT_EQ(FormatResponseHead(response, true, kNow),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: keep-alive\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\nX-Content-Type-Options: nosniff\r\n"
            "Cache-Control: no-store\r\n\r\n");
}

TEST(ResponseHeadTest, PageForbidsFramingAndForeignScripts) {
  HttpResponse page = HttpResponse::Text("text/html; charset=utf-8", "<p>");
  EXPECT_THAT(FormatResponseHead(page, true, kNow), HasSubstr("X-Frame-Options: DENY\r\n"));
  EXPECT_THAT(FormatResponseHead(page, true, kNow),
              HasSubstr("Content-Security-Policy: default-src 'self';"));
  page.headers.emplace_back("Content-Security-Policy", "default-src 'none'");
  EXPECT_THAT(FormatResponseHead(page, true, kNow), Not(HasSubstr("'self'")));
}

TEST(ResponseHeadTest, HeaderWithALineBreakIsLeftOut) {
  HttpResponse response = HttpResponse::Json("{}");
  response.headers.emplace_back("X-Quoted", "a\r\nSet-Cookie: b");
  EXPECT_THAT(FormatResponseHead(response, false, kNow), Not(HasSubstr("Set-Cookie")));
}

TEST(ResponseHeadTest, NoContentHasNoLength) {
  HttpResponse response;
  response.status = 204;
  EXPECT_THAT(FormatResponseHead(response, false, kNow), Not(HasSubstr("Content-Length")));
}

}  // namespace
}  // namespace obs
