// Running out of file descriptors, in a file of its own as it touches the whole process.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server.h"
#include "support/descriptor_limit.h"
#include "support/tcp_client.h"
#include "support/wait_until.h"

namespace obs {
namespace {

TEST(HttpServerAcceptTest, SurvivesRunningOutOfDescriptors) {
  HttpServer server({});
  server.Route("GET", "/", [](const HttpRequest&) { return HttpResponse::Text("text/plain", "hello"); });
  ASSERT_TRUE(server.Start().ok());
  testing::TcpClient client(0);
  testing::DescriptorLimit limit;
  limit.Exhaust();
  client.Connect(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(testing::WaitUntil([&] { return server.stats().accept_errors >= 2; }));
  limit.Restore();
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("hello"));
}

}  // namespace
}  // namespace obs
