#include "ingest/server.h"

#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_file_system.h"
#include "support/fake_gate.h"
#include "support/wait_until.h"
#include "telemetry.grpc.pb.h"
#include "unit/ingest/ingest_fixture.h"
#include "unit/ingest/raw_client.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::WaitUntil;

constexpr char kPublish[] = "/telemetry.TelemetryIngestor/Publish";
constexpr char kStreamTelemetry[] = "/telemetry.TelemetryIngestor/StreamTelemetry";
constexpr std::int64_t kStopNanos = 5 * kNanosPerSecond;

class IngestServerTest : public IngestFixture {
 protected:
  void SetUp() override { Serve(); }
  void TearDown() override {
    server_.reset();
    ingestor_.reset();  // its journal is on files_
  }

  void Serve(IngestOptions options = {}, const std::string& keys = "") {
    server_.reset();
    MakeIngestor(options, {}, keys);
    auto server = IngestServer::Start({.port = 0}, *ingestor_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    stub_ = telemetry::TelemetryIngestor::NewStub(channel_);
  }

  static telemetry::TelemetryBatch Batch(const std::string& name = "g", double value = 1) {
    telemetry::TelemetryBatch batch;
    batch.set_service("api");
    batch.set_instance("i-1");
    telemetry::MetricSample* const sample = batch.add_samples();
    sample->set_name(name);
    sample->set_gauge(value);
    return batch;
  }

  static std::string Bytes(const std::string& name = "g", double value = 1) {
    return Batch(name, value).SerializeAsString();
  }

  static telemetry::Ack ParseAck(const std::string& bytes) {
    telemetry::Ack ack;
    EXPECT_TRUE(ack.ParseFromString(bytes));
    return ack;
  }

  // Sends `batches` by StreamTelemetry.
  grpc::Status Stream(const std::vector<telemetry::TelemetryBatch>& batches, telemetry::Ack* ack) {
    grpc::ClientContext context;
    const auto writer = stub_->StreamTelemetry(&context, ack);
    for (const telemetry::TelemetryBatch& batch : batches) writer->Write(batch);
    writer->WritesDone();
    return writer->Finish();
  }

  // With a journal on `files_`, whose acks wait for it.
  void ServeDurably() {
    server_.reset();
    MakeIngestor();
    ASSERT_TRUE(ingestor_->OpenJournal({.directory = "/data"}, files_).ok());
    auto server = IngestServer::Start({.port = 0}, *ingestor_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    stub_ = telemetry::TelemetryIngestor::NewStub(channel_);
    const IngestJournal& journal = *ingestor_->journal();
    // From then on nothing but samples is written.
    ASSERT_TRUE(WaitUntil([&] { return journal.Stats().epochs == 1; }));
  }

  std::size_t ConnectedProducers() {
    std::size_t connected = 0;
    for (const ProducerSnapshot& producer : ingestor_->ledger().Snapshot().producers)
      connected += producer.connected;
    return connected;
  }

  FakeFileSystem files_;
  std::unique_ptr<IngestServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<telemetry::TelemetryIngestor::Stub> stub_;
};

// ---- The journal ----

TEST_F(IngestServerTest, AnAckWaitsUntilTheJournalIsWritten) {
  ServeDurably();
  files_.Fail(FakeFileSystem::Operation::kAppend, 1, 1 << 30);
  RawCall call(channel_, kPublish);
  telemetry::TelemetryBatch batch = Batch();
  batch.set_producer("p");
  batch.set_sequence(1);
  ASSERT_TRUE(call.Write(batch.SerializeAsString()));
  ASSERT_TRUE(WaitUntil([&] { return files_.failed() && Value("g") == 1; }));  // seen, though not yet safe
  files_.FailNothing();
  std::string bytes;
  ASSERT_TRUE(call.Read(&bytes));
  EXPECT_EQ(1u, ParseAck(bytes).sequence());
  EXPECT_EQ(ingestor_->journal()->newest(), ingestor_->journal()->committed());
}

TEST_F(IngestServerTest, WhatIsNotWrittenWhenItStopsIsNotAcknowledged) {
  ServeDurably();
  RawCall call(channel_, kPublish);
  telemetry::TelemetryBatch batch = Batch();
  batch.set_producer("p");
  batch.set_sequence(1);
  ASSERT_TRUE(call.Write(batch.SerializeAsString()));
  std::string bytes;
  ASSERT_TRUE(call.Read(&bytes));
  files_.Fail(FakeFileSystem::Operation::kAppend, 1, 1 << 30);
  batch.set_sequence(2);
  ASSERT_TRUE(call.Write(batch.SerializeAsString()));
  ASSERT_TRUE(WaitUntil([&] { return files_.failed(); }));
  server_->Stop(kStopNanos);
  const auto [acks, status] = call.Finish();
  EXPECT_EQ(grpc::StatusCode::UNAVAILABLE, status.error_code());
  ASSERT_THAT(acks, SizeIs(1));
  EXPECT_EQ(1u, ParseAck(acks.front()).sequence());
}

TEST_F(IngestServerTest, AStreamThatIsNotWrittenWhenItStopsFails) {
  ServeDurably();
  files_.Fail(FakeFileSystem::Operation::kAppend, 1, 1 << 30);
  RawCall call(channel_, kStreamTelemetry);
  ASSERT_TRUE(call.Write(Bytes("s", 1)));
  call.WritesDone();
  ASSERT_TRUE(WaitUntil([&] { return files_.failed(); }));
  server_->Stop(kStopNanos);
  EXPECT_EQ(grpc::StatusCode::UNAVAILABLE, call.Finish().second.error_code());
}

TEST_F(IngestServerTest, AStreamUnderWayIsToldThatTheDiskFails) {
  ServeDurably();
  files_.Fail(FakeFileSystem::Operation::kAppend, 1, 1 << 30);
  RawCall call(channel_, kPublish);
  ASSERT_TRUE(call.Write(Bytes()));
  ASSERT_TRUE(WaitUntil([&] { return !ingestor_->journal()->CheckWritable().ok(); }));
  ASSERT_TRUE(call.Write(Bytes()));
  const auto [acks, status] = call.Finish();
  EXPECT_EQ(grpc::StatusCode::RESOURCE_EXHAUSTED, status.error_code());
  EXPECT_THAT(status.error_message(), HasSubstr("Input/output error"));
  EXPECT_EQ(0u, ParseAck(acks.back()).count());
}

TEST_F(IngestServerTest, WhileTheDiskIsFullCallsAreRefusedWithAHint) {
  ServeDurably();
  files_.SetCapacity(0);
  RawCall first(channel_, kStreamTelemetry);  // finds out, and waits
  ASSERT_TRUE(first.Write(Bytes("g", 1)));
  first.WritesDone();
  telemetry::Ack ack;
  ASSERT_TRUE(WaitUntil([&] { return !ingestor_->journal()->CheckWritable().ok(); }));
  grpc::ClientContext context;
  const auto writer = stub_->StreamTelemetry(&context, &ack);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(grpc::StatusCode::RESOURCE_EXHAUSTED, status.error_code());
  EXPECT_THAT(status.error_message(), HasSubstr("No space left on device"));
  EXPECT_EQ(1u, context.GetServerTrailingMetadata().count("retry-after-ms"));
  files_.SetCapacity(~std::uint64_t{0});
  EXPECT_TRUE(first.Finish().second.ok());
  ASSERT_TRUE(WaitUntil([&] { return Stream({Batch("back", 1)}, &ack).ok(); }));
  EXPECT_EQ(1, Value("back"));
}

// ---- The calls ----

TEST_F(IngestServerTest, StreamTelemetryAnswersOneAckForTheStream) {
  telemetry::Ack ack;
  ASSERT_TRUE(Stream({Batch("a", 1), Batch("b", 2), Batch("", 3)}, &ack).ok());
  EXPECT_FALSE(ack.ok());
  EXPECT_EQ(2u, ack.count());
  EXPECT_EQ(1u, ack.rejected());
  ASSERT_EQ(1, ack.reasons_size());
  EXPECT_EQ("batch 3: invalid_name: a metric name has 1 to 512 bytes", ack.reasons(0));
  EXPECT_EQ(2, Value("b"));
}

TEST_F(IngestServerTest, AStreamWithoutBatchesIsAcknowledged) {
  telemetry::Ack ack;
  ASSERT_TRUE(Stream({}, &ack).ok());
  EXPECT_TRUE(ack.ok());
  EXPECT_EQ(0u, ack.count());
}

TEST_F(IngestServerTest, PublishAcknowledgesWhileTheStreamGoesOn) {
  grpc::ClientContext context;
  const auto stream = stub_->Publish(&context);
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    telemetry::TelemetryBatch batch = Batch();
    batch.set_producer("p");
    batch.set_sequence(sequence);
    ASSERT_TRUE(stream->Write(batch));
    telemetry::Ack ack;
    do {
      ASSERT_TRUE(stream->Read(&ack));
    } while (ack.sequence() < sequence);
    EXPECT_EQ(sequence, ack.count());
    EXPECT_TRUE(ack.ok());
  }
  stream->WritesDone();
  telemetry::Ack last;
  while (stream->Read(&last)) {
  }
  EXPECT_EQ(3u, last.count());
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(IngestServerTest, PublishAcksAreCumulativeAndTheLastOneCoversAll) {
  RawCall call(channel_, kPublish);
  constexpr std::size_t kBatches = 500;
  for (std::size_t i = 0; i < kBatches; ++i) ASSERT_TRUE(call.Write(Bytes()));
  call.WritesDone();
  const auto [messages, status] = call.Finish();
  ASSERT_TRUE(status.ok());
  ASSERT_FALSE(messages.empty());
  EXPECT_LE(messages.size(), kBatches + 1);
  std::uint64_t count = 0;
  for (const std::string& bytes : messages) {
    const telemetry::Ack ack = ParseAck(bytes);
    EXPECT_GE(ack.count(), count);
    count = ack.count();
  }
  EXPECT_EQ(kBatches, count);
}

TEST_F(IngestServerTest, AnonymousStreamsInTurnGoOnWithTheSameTotals) {
  for (const std::uint64_t total : {10u, 15u, 15u, 20u}) {
    telemetry::TelemetryBatch batch = Batch("c");
    batch.mutable_samples(0)->set_counter(total);
    batch.mutable_samples(0)->set_timestamp(clock_.NowNanos());
    telemetry::Ack ack;
    ASSERT_TRUE(Stream({batch}, &ack).ok());
    clock_.Advance(kNanosPerMilli);
  }
  EXPECT_EQ(20, Value("c"));
}

TEST_F(IngestServerTest, AClientThatVanishesLeavesItsAccount) {
  {
    RawCall call(channel_, kPublish);
    ASSERT_TRUE(call.Write(Bytes()));
    std::string ack;
    ASSERT_TRUE(call.Read(&ack));
    EXPECT_EQ(1u, ConnectedProducers());
    call.context().TryCancel();
    call.Finish();
  }
  EXPECT_TRUE(testing::WaitUntil([&] { return ConnectedProducers() == 0; }));
  EXPECT_TRUE(testing::WaitUntil([&] { return ingestor_->Stats().open_streams == 0; }));
}

TEST_F(IngestServerTest, ManyStreamsAtOnceAreAllCounted) {
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      for (int round = 0; round < 5; ++round) {
        RawCall call(channel_, c % 2 == 0 ? kPublish : kStreamTelemetry);
        for (int i = 0; i < 50; ++i) call.Write(Bytes("g" + std::to_string(c)));
        call.WritesDone();
        const auto [messages, status] = call.Finish();
        EXPECT_TRUE(status.ok()) << status.error_message();
        EXPECT_EQ(50u, ParseAck(messages.back()).count());
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(1000u, ingestor_->ledger().Snapshot().totals.samples.accepted);
}

// ---- Bad batches ----

TEST_F(IngestServerTest, AMalformedBatchEndsItsStreamByNameAndNoOther) {
  RawCall other(channel_, kPublish);
  ASSERT_TRUE(other.Write(Bytes("other", 1)));
  for (const char* method : {kPublish, kStreamTelemetry}) {
    RawCall call(channel_, method);
    ASSERT_TRUE(call.Write(Bytes("g", 1)));
    call.Write(Bytes("g", 2) + "\x0a\xff");
    const auto [messages, status] = call.Finish();
    EXPECT_EQ(grpc::StatusCode::INVALID_ARGUMENT, status.error_code());
    EXPECT_THAT(status.error_message(), StartsWith("batch 2 of this stream: byte "));
    if (method == kPublish) {
      ASSERT_FALSE(messages.empty());
      EXPECT_EQ(1u, ParseAck(messages.back()).count());
    }
  }
  ASSERT_TRUE(other.Write(Bytes("other", 2)));
  other.WritesDone();
  const auto [messages, status] = other.Finish();
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(2u, ParseAck(messages.back()).count());
  EXPECT_EQ(1, Value("g"));
  EXPECT_EQ(2u, ingestor_->Stats().malformed_batches);
}

TEST_F(IngestServerTest, RandomBytesAreAnsweredAndNeverHurt) {
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    std::string bytes(random() % 200 + 1, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    RawCall call(channel_, kPublish);
    call.Write(bytes);
    call.WritesDone();
    const grpc::Status status = call.Finish().second;
    if (!status.ok()) {
      EXPECT_EQ(grpc::StatusCode::INVALID_ARGUMENT, status.error_code()) << status.error_message();
    }
  }
  telemetry::Ack ack;
  EXPECT_TRUE(Stream({Batch()}, &ack).ok());
}

TEST_F(IngestServerTest, ABatchOverTheLimitIsRefusedNamingBothSizes) {
  Serve({.max_batch_bytes = 100'000});
  for (const char* method : {kPublish, kStreamTelemetry}) {
    RawCall call(channel_, method);
    ASSERT_TRUE(call.Write(Bytes()));
    call.Write(std::string(150'000, 'x'));
    const auto [messages, status] = call.Finish();
    EXPECT_EQ(grpc::StatusCode::RESOURCE_EXHAUSTED, status.error_code());
    EXPECT_EQ(
        "batch 2 of this stream: 150000 bytes, where at most 100000 are accepted; do not send it again as it "
        "is",
        status.error_message());
    EXPECT_EQ(0u, call.context().GetServerTrailingMetadata().count("retry-after-ms"));
  }
  EXPECT_EQ(2u, ingestor_->Stats().oversized_batches);
}

TEST_F(IngestServerTest, ABatchFarOverTheLimitIsRefusedInTheSameWay) {
  Serve({.max_batch_bytes = 100'000});
  for (const std::size_t bytes : {1'000'000u, 10'000'000u, 50'000'000u}) {
    RawCall call(channel_, kPublish);
    call.Write(std::string(bytes, 'x'));
    const grpc::Status status = call.Finish().second;
    EXPECT_EQ(grpc::StatusCode::RESOURCE_EXHAUSTED, status.error_code()) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(std::to_string(bytes)));
  }
}

TEST_F(IngestServerTest, ABatchOfExactlyTheLimitIsTaken) {
  const std::string bytes = Bytes();
  Serve({.max_batch_bytes = bytes.size()});
  RawCall call(channel_, kPublish);
  call.Write(bytes);
  call.WritesDone();
  EXPECT_TRUE(call.Finish().second.ok());
}

// ---- Keys ----

class IngestServerKeyTest : public IngestServerTest {
 protected:
  void SetUp() override { Serve({}, "secret-one,secret-two"); }

  grpc::Status CallWith(const char* method, const RawCall::Metadata& metadata) {
    RawCall call(channel_, method, metadata);
    call.Write(Bytes());
    call.WritesDone();
    return call.Finish().second;
  }
};

TEST_F(IngestServerKeyTest, EitherHeaderLetsIn) {
  for (const char* method : {kPublish, kStreamTelemetry}) {
    EXPECT_TRUE(CallWith(method, {{"authorization", "Bearer secret-one"}}).ok());
    EXPECT_TRUE(CallWith(method, {{"x-api-key", "secret-two"}}).ok());
  }
}

TEST_F(IngestServerKeyTest, EveryWrongKeyIsRefusedInTheSameWords) {
  const std::vector<RawCall::Metadata> wrong = {
      {},
      {{"x-api-key", ""}},
      {{"x-api-key", "secret-on"}},
      {{"x-api-key", "secret-one,secret-two"}},
      {{"authorization", "secret-one"}},
      {{"authorization", "Bearer wrong"}},
      {{"x-api-key", std::string(1 << 20, 'k')}},
      {{"authorization", "Bearer " + std::string(1 << 20, 'k')}},
  };
  for (const char* method : {kPublish, kStreamTelemetry}) {
    for (const RawCall::Metadata& metadata : wrong) {
      const grpc::Status status = CallWith(method, metadata);
      EXPECT_EQ(grpc::StatusCode::UNAUTHENTICATED, status.error_code());
      EXPECT_EQ("invalid key", status.error_message());
    }
  }
  EXPECT_EQ(2 * wrong.size(), ingestor_->Stats().unauthenticated);
  EXPECT_EQ(0u, SeriesCount());
}

// ---- Overload ----

TEST_F(IngestServerTest, AnOverloadedAggregatorTellsWhenToTryAgain) {
  const auto gate = std::make_shared<FakeGate>();
  Serve({.gate = gate, .retry_after_ms = 750});
  RawCall call(channel_, kPublish);
  ASSERT_TRUE(call.Write(Bytes()));
  std::string ack;
  ASSERT_TRUE(call.Read(&ack));
  gate->open = false;
  call.Write(Bytes());
  RawCall late(channel_, kStreamTelemetry);
  for (RawCall* const refused : {&call, &late}) {
    const grpc::Status status = refused->Finish().second;
    EXPECT_EQ(grpc::StatusCode::RESOURCE_EXHAUSTED, status.error_code());
    const auto& trailers = refused->context().GetServerTrailingMetadata();
    ASSERT_EQ(1u, trailers.count("retry-after-ms"));
    EXPECT_EQ("750", trailers.find("retry-after-ms")->second);
  }
}

// ---- The server ----

TEST_F(IngestServerTest, HealthIsServing) {
  for (const char* service : {"", "telemetry.TelemetryIngestor"}) {
    std::string request;
    AppendBytesField(request, 1, service);
    RawCall call(channel_, "/grpc.health.v1.Health/Check");
    call.Write(request);
    call.WritesDone();
    const auto [messages, status] = call.Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(std::string("\x08\x01"), messages.at(0)) << "SERVING";
  }
}

TEST_F(IngestServerTest, ReflectionListsTheService) {
  std::string list_services;
  AppendBytesField(list_services, 7, "*");
  RawCall call(channel_, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
  call.Write(list_services);
  call.WritesDone();
  const auto [messages, status] = call.Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(messages.at(0), HasSubstr("telemetry.TelemetryIngestor"));
}

TEST_F(IngestServerTest, NeitherHealthNorReflectionNeedsAKey) {
  Serve({}, "secret");
  RawCall call(channel_, "/grpc.health.v1.Health/Check");
  call.Write("");
  call.WritesDone();
  EXPECT_TRUE(call.Finish().second.ok());
}

TEST_F(IngestServerTest, APortInUseIsAnErrorThatNamesTheAddress) {
  const auto second = IngestServer::Start({.port = server_->port()}, *ingestor_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ("cannot listen on " + server_->address() + " for gRPC: Address already in use",
            std::string(second.status().message()));
}

TEST_F(IngestServerTest, AHostThatDoesNotExistIsAnError) {
  const auto server = IngestServer::Start({.host = "256.256.256.256", .port = 0}, *ingestor_);
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(std::string(server.status().message()),
              StartsWith("cannot listen on 256.256.256.256:0 for gRPC: "));
}

TEST_F(IngestServerTest, ItListensOnIpv6Too) {
  const auto server = IngestServer::Start({.host = "::1", .port = 0}, *ingestor_);
  if (server.ok()) {
    EXPECT_THAT((*server)->address(), StartsWith("[::1]:"));
  } else {  // a machine without IPv6
    EXPECT_THAT(std::string(server.status().message()), StartsWith("cannot listen on [::1]:0 for gRPC: "));
  }
}

// ---- Stopping ----

TEST_F(IngestServerTest, StopAcknowledgesWhatWasTakenAndEndsStreamsAsUnavailable) {
  RawCall publish(channel_, kPublish);
  RawCall stream(channel_, kStreamTelemetry);
  ASSERT_TRUE(publish.Write(Bytes("a")));
  ASSERT_TRUE(stream.Write(Bytes("b")));
  ASSERT_TRUE(testing::WaitUntil([&] { return ingestor_->Stats().batches == 2; }));
  std::thread stop([&] { server_->Stop(kStopNanos); });
  const auto [messages, status] = publish.Finish();
  EXPECT_EQ(grpc::StatusCode::UNAVAILABLE, status.error_code());
  EXPECT_THAT(status.error_message(), HasSubstr("the aggregator is stopping"));
  ASSERT_FALSE(messages.empty());
  EXPECT_EQ(1u, ParseAck(messages.back()).count());
  EXPECT_EQ(grpc::StatusCode::UNAVAILABLE, stream.Finish().second.error_code());
  stop.join();
  EXPECT_EQ(0u, ingestor_->Stats().open_streams);
}

TEST_F(IngestServerTest, StopLetsAStreamThatIsAboutToEndEnd) {
  RawCall call(channel_, kStreamTelemetry);
  ASSERT_TRUE(call.Write(Bytes()));
  ASSERT_TRUE(testing::WaitUntil([&] { return ingestor_->Stats().batches == 1; }));
  std::thread stop([&] { server_->Stop(kStopNanos); });
  call.WritesDone();
  const auto [messages, status] = call.Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  stop.join();
}

TEST_F(IngestServerTest, StopIsQuickWithoutStreams) {
  const auto start = std::chrono::steady_clock::now();
  server_->Stop(60 * kNanosPerSecond);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST_F(IngestServerTest, AfterStopThePortIsFree) {
  const std::uint16_t port = server_->port();
  server_->Stop(kStopNanos);
  server_.reset();
  EXPECT_TRUE(IngestServer::Start({.port = port}, *ingestor_).ok());
}

}  // namespace
}  // namespace obs
