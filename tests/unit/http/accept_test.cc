// Running out of file descriptors, in a file of its own as it touches the whole process.
#include <fcntl.h>
#include <sys/resource.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server.h"
#include "support/tcp_client.h"
#include "support/wait_until.h"

namespace obs {
namespace {

class DescriptorLimit {
 public:
  DescriptorLimit() { ::getrlimit(RLIMIT_NOFILE, &saved_); }
  ~DescriptorLimit() { Restore(); }
  // No descriptor can be opened from now on.
  void Exhaust() {
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    rlimit none = saved_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  void Restore() { ::setrlimit(RLIMIT_NOFILE, &saved_); }

 private:
  rlimit saved_{};
};

TEST(HttpServerAcceptTest, SurvivesRunningOutOfDescriptors) {
  HttpServer server({});
  server.Route("GET", "/", [](const HttpRequest&) { return HttpResponse::Text("text/plain", "hello"); });
  ASSERT_TRUE(server.Start().ok());
  testing::TcpClient client(0);
  DescriptorLimit limit;
  limit.Exhaust();
  client.Connect(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(testing::WaitUntil([&] { return server.stats().accept_errors >= 2; }));
  limit.Restore();
  EXPECT_THAT(client.ReadResponse(), ::testing::EndsWith("hello"));
}

}  // namespace
}  // namespace obs
