#include "http/client.h"

#include <future>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server.h"
#include "http/url.h"

namespace obs {
namespace {

using ::testing::HasSubstr;

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

class HttpClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Route("GET", "/hello", [](const HttpRequest& request) {
      const std::string* key = request.Header("X-API-Key");
      HttpResponse response = HttpResponse::Json(key == nullptr ? "none" : *key);
      response.headers.emplace_back("X-Extra", "more");
      return response;
    });
    ASSERT_TRUE(server_.Start().ok());
  }

  std::string Url(std::string_view path) const {
    return "http://localhost:" + std::to_string(server_.port()) + std::string(path);
  }

  HttpServer server_{{}};
};

TEST_F(HttpClientTest, GetsStatusHeadersAndBody) {
  const auto result = HttpGet(Url("/hello"), {.headers = {{"x-api-key", "k1"}}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body, "k1");
  ASSERT_NE(result->Header("x-extra"), nullptr);
  EXPECT_EQ(*result->Header("x-extra"), "more");
}

TEST_F(HttpClientTest, ErrorStatusIsAResult) {
  const auto result = HttpGet(Url("/nowhere"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->status, 404);
}

TEST_F(HttpClientTest, BodyOverTheLimitIsAnError) {
  EXPECT_EQ(HttpGet(Url("/hello"), {.max_body_bytes = 3}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HttpClientTest, ClosedPortIsUnavailableAndNamed) {
  const std::string url = Url("/hello");
  server_.Stop();
  const auto result = HttpGet(url);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(MessageOf(result.status()),
              HasSubstr("cannot connect to localhost:" + std::to_string(server_.port())));
}

TEST(HttpClientTimeoutTest, SilentServerIsDeadlineExceeded) {
  std::promise<void> release;
  HttpServer server({});
  server.Route("GET", "/", [&](const HttpRequest&) {
    release.get_future().wait();
    return HttpResponse();
  });
  ASSERT_TRUE(server.Start().ok());
  const auto result =
      HttpGet("http://127.0.0.1:" + std::to_string(server.port()), {.timeout_ns = 20 * kNanosPerMilli});
  release.set_value();
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(MessageOf(result.status()), HasSubstr("within 20ms"));
}

TEST(UrlTest, TakesItApart) {
  const auto url = Url::Parse("ws://[::1]:9000/ws?rate=10&match=a#fragment");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme, "ws");
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 9000);
  EXPECT_EQ(url->target, "/ws?rate=10&match=a");
  EXPECT_EQ(url->HostAndPort(), "[::1]:9000");
}

TEST(UrlTest, PortAndPathHaveDefaults) {
  const auto url = Url::Parse("http://example?x=1");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->HostAndPort(), "example:80");
  EXPECT_EQ(url->target, "/?x=1");
  EXPECT_EQ(Url::Parse("http://[::1]")->host, "::1");
}

TEST(UrlTest, RefusesWhatItCannotTake) {
  for (const char* text : {"", "localhost:8080", "https://host/", "ftp://host/", "http://", "http:///path",
                           "http://user:pass@host/", "http://host:99999/", "http://host/a b", "http://ho st/",
                           "http://host/\r\nX: y", "http://::1/"}) {
    const auto url = Url::Parse(text);
    EXPECT_EQ(url.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace obs
