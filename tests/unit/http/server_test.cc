#include "http/server.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/tcp_client.h"
#include "support/wait_until.h"

namespace obs {
namespace {

using ::obs::testing::TcpClient;
using ::obs::testing::WaitUntil;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kGetHello[] = "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n";

class HttpServerTest : public ::testing::Test {
 protected:
  // Starts a server that knows /hello (GET), /echo (GET, POST), /big (20 MB) and /assets/*.
  HttpServer& Serve(HttpServerOptions options = {}) {
    options.threads = 2;
    server_ = std::make_unique<HttpServer>(options);
    server_->Route("GET", "/hello",
                   [](const HttpRequest&) { return HttpResponse::Text("text/plain", "hello"); });
    const HttpHandler echo = [](const HttpRequest& request) {
      std::string text = request.method + " " + request.path + "\n";
      for (const auto& [name, value] : request.query) text += name + "=" + value + "\n";
      return HttpResponse::Text("text/plain", text + request.body);
    };
    server_->Route("GET", "/echo", echo);
    server_->Route("POST", "/echo", echo);
    server_->Route("GET", "/assets/*", echo);
    server_->Route("GET", "/big", [this](const HttpRequest&) {
      HttpResponse response;
      response.content_type = "text/plain";
      response.body = big_;
      return response;
    });
    EXPECT_TRUE(server_->Start().ok());
    return *server_;
  }

  std::string Ask(std::string_view request) {
    TcpClient client(server_->port());
    client.Send(request);
    return client.ReadResponse();
  }

  const std::shared_ptr<const std::string> big_ = std::make_shared<const std::string>(20'000'000, 'x');
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithLengthTypeAndSecurityHeaders) {
  Serve();
  EXPECT_THAT(
      Ask(kGetHello),
      AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\nContent-Length: 5\r\n"),
            HasSubstr("\r\nContent-Type: text/plain\r\n"), HasSubstr("\r\nConnection: keep-alive\r\n"),
            HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"), EndsWith("\r\n\r\nhello")));
}

TEST_F(HttpServerTest, HandlerSeesDecodedPathQueryAndBody) {
  Serve();
  EXPECT_THAT(Ask("POST /echo?match=a%7Bb%3D%22c%22%7D&match=x+y HTTP/1.1\r\nHost: test\r\nContent-Length: "
                  "4\r\n\r\nbody"),
              EndsWith("\r\n\r\nPOST /echo\nmatch=a{b=\"c\"}\nmatch=x y\nbody"));
}

TEST_F(HttpServerTest, ChunkedBodyIsPutTogether) {
  Serve();
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
              EndsWith("\r\n\r\nPOST /echo\nabcde"));
}

TEST_F(HttpServerTest, OneConnectionServesManyRequests) {
  Serve();
  TcpClient client(server_->port());
  for (int i = 0; i < 3; ++i) {
    client.Send(kGetHello);
    EXPECT_THAT(client.ReadResponse(), EndsWith("hello"));
  }
  EXPECT_EQ(server_->stats().requests, 3u);
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Serve();
  TcpClient client(server_->port());
  client.Send(
      "GET /echo?n=1 HTTP/1.1\r\nHost: t\r\n\r\nGET /echo?n=2 HTTP/1.1\r\nHost: t\r\n\r\n"
      "GET /echo?n=3 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  for (const char* expected : {"n=1\n", "n=2\n", "n=3\n"})
    EXPECT_THAT(client.ReadResponse(), EndsWith(expected));
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpServerTest, RequestSentByteByByteIsAnswered) {
  Serve();
  TcpClient client(server_->port());
  for (const char c : std::string_view(kGetHello)) ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_THAT(client.ReadResponse(), EndsWith("hello"));
}

TEST_F(HttpServerTest, PeerThatHalfClosesAfterItsRequestIsAnswered) {
  Serve();
  TcpClient client(server_->port());
  client.Send(kGetHello);
  client.HalfClose();
  EXPECT_THAT(client.ReadAll(), EndsWith("hello"));
}

TEST_F(HttpServerTest, Http10PeerIsAnsweredAndClosed) {
  Serve();
  TcpClient client(server_->port());
  client.Send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), AllOf(HasSubstr("\r\nConnection: close\r\n"), EndsWith("hello")));
}

TEST_F(HttpServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  Serve();
  TcpClient client(server_->port());
  client.Send("HEAD /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                                      HasSubstr("\r\nContent-Length: 5\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, UnknownPathIs404AsJson) {
  Serve();
  EXPECT_THAT(Ask("GET /nowhere\" HTTP/1.1\r\nHost: test\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"), HasSubstr("Content-Type: application/json\r\n"),
                    EndsWith("{\"error\":\"there is no /nowhere\\\"\"}\n")));
}

TEST_F(HttpServerTest, OtherMethodIs405AndNamesTheRightOnes) {
  Serve();
  EXPECT_THAT(Ask("DELETE /echo HTTP/1.1\r\nHost: test\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET, HEAD, POST\r\n")));
}

TEST_F(HttpServerTest, StarRouteTakesAllBelowIt) {
  Serve();
  EXPECT_THAT(Ask("GET /assets/a/b.js HTTP/1.1\r\nHost: test\r\n\r\n"), EndsWith("GET /assets/a/b.js\n"));
  EXPECT_THAT(Ask("GET /assets HTTP/1.1\r\nHost: test\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HttpServerTest, ThrowingHandlerIs500AndTheServerLives) {
  HttpServer server({});
  server.Route("GET", "/", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); });
  ASSERT_TRUE(server.Start().ok());
  TcpClient client(server.port());
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_THAT(client.ReadResponse(), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("secret"))));
  }
}

TEST_F(HttpServerTest, OversizedHeadersAre431) {
  Serve({.max_header_bytes = 1000});
  TcpClient client(server_->port());
  client.Send("GET /hello HTTP/1.1\r\nHost: test\r\nX-Long: " + std::string(5000, 'x') + "\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 431 "), HasSubstr("exceed 1000 bytes")));
}

TEST_F(HttpServerTest, MegabyteOfHeadersIs431AndReadsAsSuch) {
  Serve();
  TcpClient client(server_->port());
  client.Send("GET /hello HTTP/1.1\r\nHost: test\r\nX-Api-Key: " + std::string(1'000'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, OversizedBodyIs413WithoutBeingRead) {
  Serve({.max_body_bytes = 10});
  TcpClient client(server_->port());
  client.Send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("exceeds 10 bytes")));
}

TEST_F(HttpServerTest, OversizedChunkedBodyIs413) {
  Serve({.max_body_bytes = 10});
  TcpClient client(server_->port());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, ExpectContinueIsGrantedBeforeTheBody) {
  Serve();
  TcpClient client(server_->port());
  client.Send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 100 "));
  client.Send("body");
  EXPECT_THAT(client.ReadResponse(), EndsWith("body"));
}

TEST_F(HttpServerTest, NonsenseIs400) {
  Serve();
  for (const char* nonsense :
       {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET hello HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"}) {
    EXPECT_THAT(Ask(nonsense), StartsWith("HTTP/1.1 400 ")) << nonsense;
  }
}

TEST_F(HttpServerTest, SlowRequestIsCutOff) {
  Serve({.request_timeout_ns = 50 * kNanosPerMilli});
  TcpClient client(server_->port());
  client.Send("GET /hello HTTP/1.1\r\nHost: te");
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(WaitUntil([&] { return server_->stats().timeouts == 1; }));
}

TEST_F(HttpServerTest, SlowRequestOnAConnectionServedBeforeIsCutOffAsSoon) {
  Serve({.request_timeout_ns = 50 * kNanosPerMilli, .idle_timeout_ns = 3600 * kNanosPerSecond});
  TcpClient client(server_->port());
  client.Send(std::string(kGetHello) + "GET /hello HTTP/1.1\r\nHost: te");
  EXPECT_THAT(client.ReadResponse(), EndsWith("hello"));
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpServerTest, SteadyDripOfBytesDoesNotExtendTheRequestTimeout) {
  Serve({.max_header_bytes = 1'000'000'000, .request_timeout_ns = 50 * kNanosPerMilli});
  TcpClient client(server_->port());
  client.Send("GET /hello HTTP/1.1\r\n");
  EXPECT_TRUE(WaitUntil([&] { return !client.Send("X-Drip: 1\r\n"); }));
  EXPECT_TRUE(WaitUntil([&] { return server_->stats().timeouts == 1; }));
}

TEST_F(HttpServerTest, SilentConnectionIsCutOff) {
  Serve({.request_timeout_ns = 50 * kNanosPerMilli});
  TcpClient client(server_->port());
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpServerTest, IdleConnectionIsClosedAndIsNoTimeout) {
  Serve({.idle_timeout_ns = 50 * kNanosPerMilli});
  TcpClient client(server_->port());
  client.Send(kGetHello);
  EXPECT_THAT(client.ReadAll(), EndsWith("hello"));
  EXPECT_EQ(server_->stats().timeouts, 0u);
}

TEST_F(HttpServerTest, TwoStalledReadersDoNotStopAThird) {
  Serve();
  TcpClient first(server_->port(), 4096), second(server_->port(), 4096);
  for (TcpClient* stalled : {&first, &second}) {
    stalled->Send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_THAT(stalled->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  }
  const std::string response = Ask("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_GT(response.size(), big_->size());
  EXPECT_GE(server_->stats().connections, 2u);  // the stalled ones are still there
}

TEST_F(HttpServerTest, PeerThatNeverReadsIsCutOff) {
  Serve({.write_timeout_ns = 50 * kNanosPerMilli});
  TcpClient client(server_->port(), 4096);
  client.Send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(WaitUntil([&] { return server_->stats().timeouts == 1 && server_->stats().connections == 0; }));
}

TEST_F(HttpServerTest, ConnectionBeyondTheLimitIs503AndARoomThatFreesUpIsUsed) {
  Serve({.max_connections = 1});
  auto first = std::make_unique<TcpClient>(server_->port());
  first->Send(kGetHello);
  first->ReadResponse();
  {
    TcpClient second(server_->port());
    second.Send(kGetHello);
    EXPECT_THAT(second.ReadAll(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("too many connections")));
  }
  EXPECT_EQ(server_->stats().refused_connections, 1u);
  first.reset();
  EXPECT_TRUE(WaitUntil([&] { return server_->stats().connections == 0; }));
  EXPECT_THAT(Ask(kGetHello), EndsWith("hello"));
}

TEST_F(HttpServerTest, PortInUseIsNamed) {
  HttpServer& first = Serve();
  HttpServer second({.listen = {"127.0.0.1", first.port()}});
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(std::string(status.message()),
            "cannot listen on 127.0.0.1:" + std::to_string(first.port()) + ": address already in use");
}

TEST_F(HttpServerTest, HostThatIsNoAddressIsNamed) {
  HttpServer server({.listen = {"no.such.host", 80}});
  EXPECT_EQ(std::string(server.Start().message()),
            "cannot listen on no.such.host:80: \"no.such.host\" is not an IP address");
}

TEST_F(HttpServerTest, StopLetsTheResponseUnderWayFinish) {
  std::promise<void> entered, release;
  HttpServer server({});
  server.Route("GET", "/", [&](const HttpRequest&) {
    entered.set_value();
    release.get_future().wait();
    return HttpResponse::Text("text/plain", "done");
  });
  ASSERT_TRUE(server.Start().ok());
  TcpClient client(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  entered.get_future().wait();
  std::thread stopper([&] { server.Stop(); });
  release.set_value();
  EXPECT_THAT(client.ReadAll(), EndsWith("done"));
  stopper.join();
}

TEST_F(HttpServerTest, StopClosesIdleAndStalledConnections) {
  Serve({.stop_timeout_ns = 20 * kNanosPerMilli});
  TcpClient idle(server_->port()), stalled(server_->port(), 4096);
  idle.Send(kGetHello);
  idle.ReadResponse();
  stalled.Send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  stalled.ReadUntil("\r\n\r\n");
  server_->Stop();
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_EQ(server_->stats().connections, 0u);
}

TEST_F(HttpServerTest, StopTwiceAndWithoutStartDoNothing) {
  HttpServer never({});
  never.Stop();
  Serve();
  server_->Stop();
  server_->Stop();
}

}  // namespace
}  // namespace obs
