#include "http/upgrade.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "boost/asio/io_context.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/write.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server.h"
#include "support/tcp_client.h"
#include "support/wait_until.h"

namespace obs {
namespace {

namespace asio = boost::asio;
using ::obs::testing::TcpClient;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kUpgrade[] =
    "GET /ws?rate=10 HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

TEST(HttpUpgradeTest, HandsOverSocketRequestAndWhatCameBehind) {
  asio::io_context context;
  std::optional<asio::ip::tcp::socket> taken;
  std::string rate, leftover, key;
  HttpServer server({});
  server.OnUpgrade("/ws", [&](UpgradeRequest& upgrade) -> std::optional<HttpResponse> {
    rate = *upgrade.request.Query("rate");
    key = std::string(upgrade.handshake["sec-websocket-key"]);
    leftover = upgrade.leftover;
    auto moved = MoveSocket(std::move(upgrade.socket), context.get_executor());
    EXPECT_TRUE(moved.ok());
    taken.emplace(*std::move(moved));
    return std::nullopt;
  });
  ASSERT_TRUE(server.Start().ok());
  TcpClient client(server.port());
  client.Send(std::string(kUpgrade) + "early");
  ASSERT_TRUE(
      testing::WaitUntil([&] { return server.stats().requests == 1 && server.stats().connections == 0; }));

  // The server is out of the game: what follows is between the client and the new owner.
  server.Stop();
  EXPECT_EQ(rate, "10");
  EXPECT_EQ(key, "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(leftover, "early");
  std::string got(4, '\0');
  asio::async_read(*taken, asio::buffer(got), [&](boost::system::error_code, std::size_t) {
    asio::async_write(*taken, asio::buffer("pong", 4),
                      [&](boost::system::error_code, std::size_t) { taken->close(); });
  });
  client.Send("ping");
  context.run();
  EXPECT_EQ(got, "ping");
  EXPECT_EQ(client.ReadAll(), "pong");
}

TEST(HttpUpgradeTest, RefusalIsAnOrdinaryResponse) {
  HttpServer server({});
  server.OnUpgrade("/ws",
                   [](UpgradeRequest&) { return HttpResponse::Error(403, "this origin may not watch"); });
  ASSERT_TRUE(server.Start().ok());
  TcpClient client(server.port());
  for (int i = 0; i < 2; ++i) {
    client.Send(kUpgrade);
    EXPECT_THAT(client.ReadResponse(),
                AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("this origin may not watch")));
  }
}

TEST(HttpUpgradeTest, PlainRequestIs426) {
  HttpServer server({});
  server.OnUpgrade("/ws", [](UpgradeRequest&) { return std::nullopt; });
  ASSERT_TRUE(server.Start().ok());
  TcpClient client(server.port());
  client.Send("GET /ws HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(),
              AllOf(StartsWith("HTTP/1.1 426 "), HasSubstr("\r\nUpgrade: websocket\r\n")));
}

TEST(HttpUpgradeTest, UpgradeElsewhereIsAnsweredAsIfItAskedForNone) {
  HttpServer server({});
  server.Route("GET", "/ws", [](const HttpRequest&) { return HttpResponse::Text("text/plain", "plain"); });
  ASSERT_TRUE(server.Start().ok());
  TcpClient client(server.port());
  client.Send(kUpgrade);
  EXPECT_THAT(client.ReadResponse(), EndsWith("plain"));
}

TEST(HttpUpgradeTest, SocketLeftByAHandlerThatTookItIsClosed) {
  HttpServer server({});
  server.OnUpgrade("/ws", [](UpgradeRequest&) { return std::nullopt; });
  ASSERT_TRUE(server.Start().ok());
  TcpClient client(server.port());
  client.Send(kUpgrade);
  EXPECT_EQ(client.ReadAll(), "");
}

}  // namespace
}  // namespace obs
