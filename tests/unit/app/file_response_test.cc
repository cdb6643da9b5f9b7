#include "app/file_response.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const EmbeddedFile kFiles[] = {
    {"/", "text/html; charset=utf-8", "t1", false, "<html>", "html, gzipped"},
    {"/assets/index-4f2a.js", "text/javascript; charset=utf-8", "t2", true, "code", "code, gzipped"},
};

HttpRequest Get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

std::string HeaderOf(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(FileResponseTest, FileIsServedWithItsTypeAsItIs) {
  const HttpResponse response = FileResponse(Get("/"), kFiles);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(*response.body, "<html>");
  EXPECT_EQ(HeaderOf(response, "Content-Encoding"), "");
  EXPECT_EQ(HeaderOf(response, "Vary"), "Accept-Encoding");
}

TEST(FileResponseTest, FileIsGzippedForWhoeverTakesThat) {
  for (const char* accepted : {"gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5", "deflate,gzip;q=1"}) {
    const HttpResponse response = FileResponse(Get("/", {{"Accept-Encoding", accepted}}), kFiles);
    EXPECT_EQ(*response.body, "html, gzipped") << accepted;
    EXPECT_EQ(HeaderOf(response, "Content-Encoding"), "gzip") << accepted;
  }
}

TEST(FileResponseTest, FileIsNotGzippedForOthers) {
  for (const char* accepted : {"", "br", "gzip;q=0", "gzip; q=0.0", "notgzip"}) {
    const HttpResponse response = FileResponse(Get("/", {{"Accept-Encoding", accepted}}), kFiles);
    EXPECT_EQ(*response.body, "<html>") << accepted;
  }
}

TEST(FileResponseTest, PageIsAskedForAgainAndItsPartsAreKeptForGood) {
  EXPECT_EQ(HeaderOf(FileResponse(Get("/"), kFiles), "Cache-Control"), "no-cache");
  EXPECT_THAT(HeaderOf(FileResponse(Get("/assets/index-4f2a.js"), kFiles), "Cache-Control"),
              HasSubstr("immutable"));
}

TEST(FileResponseTest, WhoHasTheFileAlreadyGetsNoBody) {
  for (const char* tags : {"\"t1\"", "\"other\", \"t1\"", "W/\"t1\"", "*"}) {
    const HttpResponse response = FileResponse(Get("/", {{"If-None-Match", tags}}), kFiles);
    EXPECT_EQ(response.status, 304) << tags;
    EXPECT_EQ(response.body, nullptr) << tags;
    EXPECT_EQ(HeaderOf(response, "ETag"), "\"t1\"") << tags;
  }
  EXPECT_EQ(FileResponse(Get("/", {{"If-None-Match", "\"t2\""}}), kFiles).status, 200);
}

TEST(FileResponseTest, TagsOfBothFormsDiffer) {
  const HttpRequest gzip = Get("/", {{"Accept-Encoding", "gzip"}, {"If-None-Match", "\"t1\""}});
  EXPECT_EQ(FileResponse(gzip, kFiles).status, 200);
}

TEST(FileResponseTest, PolicyLetsNothingRunButOurFiles) {
  const std::string policy = HeaderOf(FileResponse(Get("/"), kFiles), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST(FileResponseTest, UnknownFileIs404) {
  EXPECT_EQ(FileResponse(Get("/assets/index-0000.js"), kFiles).status, 404);
  EXPECT_EQ(FileResponse(Get("/"), {}).status, 404);
}

}  // namespace
}  // namespace obs
