// The hub over real sockets, with a clock that stands still: time passes only in Tick().
#include "live/hub.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server.h"
#include "http/upgrade.h"
#include "live/client.h"
#include "live/watch_key.h"
#include "nlohmann/json.hpp"
#include "support/fake_clock.h"
#include "support/raw_websocket.h"

namespace obs {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::int64_t kTickNs = kNanosPerSecond / 60;
constexpr std::int64_t kReadTimeoutNs = 10 * kNanosPerSecond;
enum Opcode { kContinuation = 0, kText = 1, kClose = 8, kPing = 9, kPong = 10 };

class HubTest : public ::testing::Test {
 protected:
  void Start(HubOptions options = {}) {
    options.manual_ticks = true;
    hub_ = std::make_unique<Hub>(std::move(options), store_, clock_);
    hub_->Start();
    server_ = std::make_unique<HttpServer>(HttpServerOptions{});
    server_->OnUpgrade("/ws", [this](UpgradeRequest& upgrade) { return hub_->Upgrade(upgrade); });
    ASSERT_TRUE(server_->Start().ok());
  }

  void TearDown() override {
    if (server_) server_->Stop();
    if (hub_) hub_->Stop();
  }

  LiveClientOptions ClientOptions(std::vector<std::string> selectors = {}) {
    LiveClientOptions options;
    options.url = "ws://127.0.0.1:" + std::to_string(server_->port()) + "/ws";
    options.selectors = std::move(selectors);
    return options;
  }

  std::unique_ptr<LiveClient> Connect(LiveClientOptions options) {
    auto client = std::make_unique<LiveClient>(std::move(options));
    const absl::Status status = client->Connect();
    EXPECT_TRUE(status.ok()) << status;
    return client;
  }
  std::unique_ptr<LiveClient> Watching(const std::string& selector) {
    return Connect(ClientOptions({selector}));
  }

  absl::Status Refused(LiveClientOptions options) { return LiveClient(std::move(options)).Connect(); }

  void Gauge(const std::string& name, double value) {
    const auto node = store_.GetOrCreateNode("api", "api-1");
    NodeWriter writer(*node, clock_.NowNanos());
    Refusal refusal = Refusal::kNone;
    writer.SetGauge(*writer.Resolve(name, MetricKind::kGauge, {}, nullptr, &refusal), clock_.NowNanos(),
                    value);
  }

  void Tick(std::int64_t time_ns = kTickNs) {
    clock_.Advance(time_ns);
    hub_->TickForTest();
  }

  // Ticks, without time going on, until `done`: for what takes a system call or two on another thread.
  template <typename Predicate>
  ::testing::AssertionResult Eventually(Predicate done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return ::testing::AssertionFailure() << "not in time";
      hub_->TickForTest();
    }
    return ::testing::AssertionSuccess();
  }

  // The next frame, ticking until it comes.
  json NextFrame(LiveClient& client) {
    std::string message;
    absl::Status status;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    do {
      Tick();
      status = client.Read(&message, 5 * kNanosPerMilli);
    } while (absl::IsDeadlineExceeded(status) && std::chrono::steady_clock::now() < deadline);
    EXPECT_TRUE(status.ok()) << status;
    return json::parse(message, nullptr, false);
  }

  std::uint64_t Ended(SessionEnd end) { return hub_->stats().watchers_ended[static_cast<std::size_t>(end)]; }

  FakeClock clock_;
  Store store_{StoreOptions{}, clock_};
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HubTest, WatcherGetsASnapshotAndThenWhatChanges) {
  Start();
  Gauge("cpu", 1);
  Gauge("mem", 2);
  const auto client = Connect(ClientOptions());
  const json snapshot = NextFrame(*client);
  EXPECT_EQ(snapshot["seq"], 1);
  EXPECT_EQ(snapshot["samples"].size(), 2u);
  Gauge("mem", 3);
  const json update = NextFrame(*client);
  EXPECT_EQ(update["seq"], 2);
  ASSERT_EQ(update["samples"].size(), 1u);
  EXPECT_EQ(update["samples"][0]["name"], "mem");
  EXPECT_EQ(update["samples"][0]["value"], 3);
  EXPECT_FALSE(client->got_binary());
}

TEST_F(HubTest, BinaryFramesAreBinaryMessages) {
  Start();
  Gauge("cpu", 1);
  LiveClientOptions options = ClientOptions();
  options.format = LiveFormat::kBinary;
  const auto client = Connect(options);
  NextFrame(*client);
  EXPECT_TRUE(client->got_binary());
}

TEST_F(HubTest, MessageChangesTheSubscription) {
  Start();
  Gauge("cpu", 1);
  Gauge("mem", 2);
  const auto client = Watching("cpu");
  EXPECT_EQ(NextFrame(*client)["samples"][0]["name"], "cpu");
  ASSERT_TRUE(client->SendText(R"({"match":["mem"]})").ok());
  json frame;
  do {
    frame = NextFrame(*client);
  } while (frame["seq"] != 1);  // heartbeats of the old one may come before
  ASSERT_EQ(frame["samples"].size(), 1u);
  EXPECT_EQ(frame["samples"][0]["name"], "mem");
}

TEST_F(HubTest, BadMessageIsAnsweredAndTheSubscriptionStays) {
  Start();
  Gauge("cpu", 1);
  const auto client = Watching("cpu");
  NextFrame(*client);
  ASSERT_TRUE(client->SendText(R"({"match":["cpu{"]})").ok());
  std::string message;
  ASSERT_TRUE(client->Read(&message, kReadTimeoutNs).ok());
  EXPECT_THAT(message, StartsWith(R"({"error":"match: )"));
  Gauge("cpu", 2);
  EXPECT_EQ(NextFrame(*client)["samples"][0]["value"], 2);
  EXPECT_EQ(hub_->stats().bad_messages, 1u);
}

TEST_F(HubTest, ManyBadMessagesAreAllAnswered) {
  Start();
  const auto client = Connect(ClientOptions());
  NextFrame(*client);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(client->SendText("{").ok());
  for (int i = 0; i < 50; ++i) {
    std::string message;
    ASSERT_TRUE(client->Read(&message, kReadTimeoutNs).ok());
    EXPECT_EQ(message, R"({"error":"not JSON: byte 2"})");
  }
}

// ---- Refusals ----

TEST_F(HubTest, BadQueryIsRefusedBeforeTheUpgrade) {
  Start();
  const absl::Status status = Refused(ClientOptions({"cpu{"}));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), StartsWith("match: "));

  RawWebSocket raw(server_->port());
  const std::string answer = raw.Handshake("/ws?rate=100");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json"));
  EXPECT_EQ(hub_->stats().rejected_request, 2u);
}

TEST_F(HubTest, PageFromElsewhereIsRefused) {
  HubOptions options;
  options.allow_origins = {"http://dash.example"};
  Start(std::move(options));
  LiveClientOptions client = ClientOptions();
  client.headers = {{"Origin", "http://evil.example"}};
  EXPECT_EQ(Refused(client).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(hub_->stats().rejected_origin, 1u);

  client.headers = {{"Origin", "http://dash.example"}};
  Connect(client);
  client.headers = {{"Origin", "http://127.0.0.1:" + std::to_string(server_->port())}};
  Connect(client);
}

TEST_F(HubTest, WrongOrMissingKeyIsRefusedWithTheSameWords) {
  HubOptions options;
  options.authorize = [](std::string_view key) {
    return key == "secret" ? absl::OkStatus() : absl::UnauthenticatedError("invalid key");
  };
  Start(std::move(options));
  LiveClientOptions client = ClientOptions();
  for (const char* key : {"", "wrong"}) {
    client.api_key = key;
    const absl::Status status = Refused(client);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(std::string(status.message()), HasSubstr("invalid key"));
  }
  EXPECT_EQ(hub_->stats().rejected_key, 2u);
  client.api_key = "secret";
  Connect(client);

  RawWebSocket page(server_->port());
  const std::string answer =
      page.Handshake("/ws", "Sec-WebSocket-Protocol: obs, " + KeySubprotocol("secret") + "\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(answer, HasSubstr("Sec-WebSocket-Protocol: obs\r\n"));
}

TEST_F(HubTest, KeyThatMayNotWatchIsForbidden) {
  HubOptions options;
  options.authorize = [](std::string_view) { return absl::PermissionDeniedError("this key may not watch"); };
  Start(std::move(options));
  RawWebSocket raw(server_->port());
  EXPECT_THAT(raw.Handshake(), StartsWith("HTTP/1.1 403 "));
}

TEST_F(HubTest, WatchersBeyondTheLimitAreRefusedUntilOneLeaves) {
  HubOptions options;
  options.max_sessions = 1;
  Start(std::move(options));
  auto first = Connect(ClientOptions());
  EXPECT_EQ(Refused(ClientOptions()).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(hub_->stats().rejected_limit, 1u);
  first->Close();
  EXPECT_TRUE(Eventually([&] { return hub_->stats().watchers == 0; }));
  Connect(ClientOptions());
}

TEST_F(HubTest, DataBeforeTheAnswerIsRefused) {
  Start();
  RawWebSocket raw(server_->port());
  EXPECT_THAT(raw.Handshake("/ws", "\r\n\x81\x80"), StartsWith("HTTP/1.1 400 "));
}

// ---- Those who break the protocol ----

TEST_F(HubTest, UnmaskedFrameIsAProtocolError) {
  Start();
  RawWebSocket raw(server_->port());
  ASSERT_THAT(raw.Handshake(), StartsWith("HTTP/1.1 101 "));
  raw.SendFrame(kText, "{}", true, /*masked=*/false);
  const auto frame = raw.ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->opcode, kClose);
  EXPECT_EQ(frame->close_code(), 1002);
}

TEST_F(HubTest, GiantMessageIsTooBig) {
  Start();
  RawWebSocket raw(server_->port());
  raw.Handshake();
  raw.SendFrame(kText, std::string(64 * 1024 + 1, ' '));
  const auto frame = raw.ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->opcode, kClose);
  EXPECT_EQ(frame->close_code(), 1009);
}

TEST_F(HubTest, TextThatIsNoUtf8IsABadPayload) {
  Start();
  RawWebSocket raw(server_->port());
  raw.Handshake();
  raw.SendFrame(kText, "\xff\xfe");
  const auto frame = raw.ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->close_code(), 1007);
}

TEST_F(HubTest, FragmentedMessageIsOneMessage) {
  Start();
  RawWebSocket raw(server_->port());
  raw.Handshake();
  raw.SendFrame(kText, "{\"rate\"", /*fin=*/false);
  raw.SendFrame(kPing, "between");
  raw.SendFrame(kContinuation, ":0}");
  const auto pong = raw.ReadFrame();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, kPong);
  EXPECT_EQ(pong->payload, "between");
  const auto reply = raw.ReadFrame();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->payload, R"({"error":"rate: 0 is not from 1 to 60 frames a second"})");
}

// ---- Those who do not read, or are not there ----

class StalledReaderTest : public HubTest {
 protected:
  // Fills the connection of `raw` until frames are skipped for it.
  void Fill() {
    const std::uint64_t skipped = hub_->stats().frames_skipped;
    for (int i = 0; hub_->stats().frames_skipped < skipped + 5; ++i) {
      ASSERT_LT(i, 10'000);
      for (const char* name : kNames) Gauge(name, i);
      Tick();
    }
  }

  static constexpr const char* kNames[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
};

TEST_F(StalledReaderTest, GetsWholeFramesAndTheNewestValuesOnceItReadsAgain) {
  Start();
  for (const char* name : kNames) Gauge(name, -1);
  RawWebSocket raw(server_->port(), /*receive_buffer_bytes=*/4096);
  raw.Handshake();
  ASSERT_TRUE(Eventually([&] { return hub_->stats().frames_sent > 0; }));
  Fill();
  raw.SendFrame(kPing, "amid a frame");
  for (const char* name : kNames) Gauge(name, 12345);

  std::uint64_t seq = 0;
  bool skipped = false;
  bool pong = false;
  double newest = 0;
  while (newest != 12345 || !pong) {
    const auto frame = raw.ReadFrame();
    ASSERT_TRUE(frame);
    Tick();
    if (frame->opcode == kPong) {
      EXPECT_EQ(frame->payload, "amid a frame");
      pong = true;
      continue;
    }
    const json parsed = json::parse(frame->payload, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << frame->payload;
    seq += 1 + parsed["skipped"].get<std::uint64_t>();
    EXPECT_EQ(parsed["seq"], seq);
    if (parsed["skipped"] > 0) {
      EXPECT_EQ(parsed["samples"].size(), std::size(kNames));
      skipped = true;
    }
    if (!parsed["samples"].empty()) newest = parsed["samples"][0]["value"];
  }
  EXPECT_TRUE(skipped);
}

TEST_F(StalledReaderTest, IsClosedAfterADeadlineAndOthersAreUnaffected) {
  HubOptions options;
  options.session.stall_timeout_ns = 3 * kNanosPerSecond;
  Start(std::move(options));
  const auto other = Watching("a");
  RawWebSocket raw(server_->port(), 4096);
  raw.Handshake("/ws?match=*");
  ASSERT_TRUE(Eventually([&] { return hub_->stats().watchers == 2; }));
  Fill();
  Tick(2 * kNanosPerSecond);
  EXPECT_EQ(Ended(SessionEnd::kStalled), 0u);
  Tick(2 * kNanosPerSecond);
  EXPECT_EQ(Ended(SessionEnd::kStalled), 1u);
  EXPECT_TRUE(raw.Ended());

  std::string message;
  json frame;
  Gauge("a", 777);
  do {
    frame = NextFrame(*other);
  } while (frame["samples"].empty() || frame["samples"][0]["value"] != 777);
  EXPECT_EQ(hub_->stats().watchers, 1u);
}

TEST_F(HubTest, SilentPeerIsPingedAndThenReaped) {
  Start();
  RawWebSocket raw(server_->port());
  raw.Handshake("/ws?rate=1");
  ASSERT_TRUE(Eventually([&] { return hub_->stats().frames_sent > 0; }));
  raw.ReadFrame();
  Tick(21 * kNanosPerSecond);
  std::optional<RawWebSocket::Frame> frame;
  do {
    frame = raw.ReadFrame();
    ASSERT_TRUE(frame);
  } while (frame->opcode != kPing);
  Tick(19 * kNanosPerSecond);
  EXPECT_EQ(Ended(SessionEnd::kUnresponsive), 0u);
  Tick(2 * kNanosPerSecond);
  EXPECT_EQ(Ended(SessionEnd::kUnresponsive), 1u);
  EXPECT_TRUE(raw.Ended());
}

TEST_F(HubTest, PeerThatAnswersPingsStays) {
  HubOptions options;
  options.session.stall_timeout_ns =
      24 * 3600 * kNanosPerSecond;  // time leaps here while a frame is on its way
  Start(std::move(options));
  RawWebSocket raw(server_->port());
  raw.Handshake();
  const auto read_until = [&raw](Opcode opcode) {
    std::optional<RawWebSocket::Frame> frame;
    do {
      frame = raw.ReadFrame();
    } while (frame && frame->opcode != opcode);
    return frame.has_value();
  };
  ASSERT_TRUE(Eventually([&] { return hub_->stats().frames_sent > 0; }));
  for (int i = 0; i < 5; ++i) {
    Tick(21 * kNanosPerSecond);
    ASSERT_TRUE(read_until(kPing));
    raw.SendFrame(kPong, "");
    raw.SendFrame(kPing, "");  // frames are taken in order: once it is answered, the pong has been seen
    ASSERT_TRUE(read_until(kPong));
  }
  EXPECT_EQ(hub_->stats().watchers, 1u);
}

TEST_F(HubTest, ClosingIsAnsweredAndTheWatcherForgotten) {
  Start();
  RawWebSocket raw(server_->port());
  raw.Handshake();
  raw.SendFrame(kClose, "\x03\xe8");
  std::optional<RawWebSocket::Frame> frame;
  do {
    frame = raw.ReadFrame();
    ASSERT_TRUE(frame);
  } while (frame->opcode != kClose);
  EXPECT_EQ(frame->close_code(), 1000);
  EXPECT_TRUE(raw.Ended());
  // This peer leaves its side open.
  EXPECT_TRUE(Eventually([&] {
    Tick(kNanosPerSecond);
    return hub_->stats().watchers == 0;
  }));
  EXPECT_EQ(Ended(SessionEnd::kPeer), 1u);
}

TEST_F(HubTest, ALostPeerIsForgotten) {
  Start();
  { RawWebSocket(server_->port()).Handshake(); }
  EXPECT_TRUE(Eventually([&] { return Ended(SessionEnd::kPeer) == 1; }));
}

TEST_F(HubTest, StoppingClosesWithGoingAway) {
  Start();
  const auto client = Connect(ClientOptions());
  NextFrame(*client);
  std::thread stopping([&] { hub_->Stop(); });
  std::string message;
  absl::Status status;
  do {
    status = client->Read(&message, kReadTimeoutNs);
  } while (status.ok());
  EXPECT_EQ(client->close_code(), 1001);
  EXPECT_EQ(status.message(), "closed by the server: 1001 the server is stopping");
  stopping.join();
  EXPECT_EQ(Ended(SessionEnd::kShutdown), 1u);
  EXPECT_FALSE(Refused(ClientOptions()).ok());
}

TEST_F(HubTest, StoppingDoesNotWaitForeverForAPeerThatDoesNotAnswer) {
  HubOptions options;
  options.session.close_timeout_ns = 100 * kNanosPerMilli;
  Start(std::move(options));
  RawWebSocket raw(server_->port());
  raw.Handshake();
  hub_->Stop();
  hub_.reset();
  EXPECT_TRUE(raw.Ended());
  server_->Stop();
  server_.reset();
}

TEST(HubClockTest, TicksComeByThemselvesSixtyTimesASecond) {
  Store store(StoreOptions{}, Clock::System());
  Hub hub(HubOptions{}, store, Clock::System());
  hub.Start();
  const auto began = std::chrono::steady_clock::now();
  while (hub.stats().ticks < 30) std::this_thread::yield();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took.count(), 0.45);
  EXPECT_GT(hub.stats().tick_lateness_max_seconds, 0);
  EXPECT_GT(hub.stats().tick_duration_max_seconds, 0);
}

}  // namespace
}  // namespace obs
