#include "app/bench/load_stream.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "fmt/format.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "telemetry.grpc.pb.h"

namespace obs {
namespace {

// An aggregator that takes nothing and says nothing for so long is taken for dead.
constexpr std::chrono::seconds kPatience(30);
constexpr std::chrono::seconds kConnectTimeout(5);
constexpr int kFrameBytes = 1 << 20;

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection for each stream
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  args.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kFrameBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), args);
}

class GrpcLoadStream final : public LoadStream {
 public:
  explicit GrpcLoadStream(const Options& options)
      : address_(options.address), channel_(MakeChannel(options.address)), stub_(channel_) {
    if (!options.api_key.empty()) context_.AddMetadata("authorization", "Bearer " + options.api_key);
    if (!channel_->WaitForConnected(std::chrono::system_clock::now() + kConnectTimeout)) {
      broken_ = absl::UnavailableError(fmt::format("cannot connect to {}", address_));
      return;
    }
    call_ = stub_.PrepareCall(&context_, PathOf(options.method), &queue_);
    Begin(kStart);
    call_->StartCall(Tag(kStart));
    if (!Await(kStart)) {
      over_ = true;
      return;
    }
    Read();
  }

  ~GrpcLoadStream() override {
    if (call_ != nullptr && !finished_) {
      context_.TryCancel();
      (void)Finish();
    }
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  bool Write(std::string_view message, bool more_follows) override {
    if (over_ || !broken_.ok()) return false;
    const grpc::Slice slice(message.data(), message.size());
    const grpc::ByteBuffer buffer(&slice, 1);
    grpc::WriteOptions options;
    if (more_follows) options.set_buffer_hint();
    Begin(kWrite);
    call_->Write(buffer, options, Tag(kWrite));
    if (!Await(kWrite)) over_ = true;
    return !over_;
  }

  bool Poll(std::int64_t timeout_nanos) override {
    if (over_ || !broken_.ok()) return false;
    const auto deadline = std::chrono::system_clock::now() + std::chrono::nanoseconds(timeout_nanos);
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::GOT_EVENT) Take(tag, ok);
    return !over_;
  }

  const LoadAck& ack() const override { return ack_; }

  absl::Status Finish() override {
    if (call_ == nullptr || !broken_.ok()) return broken_;
    if (!over_) {
      Begin(kHalfClose);
      call_->WritesDone(Tag(kHalfClose));
      (void)Await(kHalfClose);
    }
    // Until the aggregator has said its last word.
    while (reading_ && broken_.ok()) AwaitEvent();
    if (!broken_.ok()) context_.TryCancel();
    grpc::Status status;
    Begin(kFinish);
    call_->Finish(&status, Tag(kFinish));
    (void)Await(kFinish);
    finished_ = true;
    const auto& trailers = context_.GetServerTrailingMetadata();
    if (const auto hint = trailers.find(kRetryAfterHeader); hint != trailers.end()) {
      retry_after_ms_ = ParseRetryAfter({hint->second.data(), hint->second.size()});
    }
    if (!broken_.ok()) return broken_;
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        status.ok() ? "" : fmt::format("{}: {}", address_, status.error_message()));
  }

  std::optional<std::int64_t> retry_after_ms() const override { return retry_after_ms_; }

 private:
  enum Step : std::uintptr_t { kStart = 1, kWrite, kRead, kHalfClose, kFinish };

  static void* Tag(Step step) { return reinterpret_cast<void*>(static_cast<std::uintptr_t>(step)); }

  void Begin(Step step) { pending_ = step; }

  // Waits for `step`, which is under way, and takes in Acks meanwhile. Whether it went well.
  bool Await(Step step) {
    while (pending_ == step) {
      if (!AwaitEvent() && step != kFinish) return false;
    }
    return ok_;
  }

  bool AwaitEvent() {
    void* tag = nullptr;
    bool ok = false;
    const auto deadline = std::chrono::system_clock::now() + kPatience;
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) {
      if (broken_.ok()) {
        broken_ = absl::DeadlineExceededError(
            fmt::format("{} neither took nor said anything for {} s", address_, kPatience.count()));
      }
      context_.TryCancel();
      return false;
    }
    Take(tag, ok);
    return true;
  }

  void Take(void* tag, bool ok) {
    if (tag == Tag(kRead)) {
      reading_ = false;
      if (!ok) {
        over_ = true;
        return;
      }
      Keep(incoming_);
      Read();
      return;
    }
    pending_ = Step{};
    ok_ = ok;
  }

  void Read() {
    reading_ = true;
    call_->Read(&incoming_, Tag(kRead));
  }

  void Keep(const grpc::ByteBuffer& bytes) {
    grpc::ByteBuffer copy(bytes);
    telemetry::Ack ack;
    if (!grpc::SerializationTraits<telemetry::Ack>::Deserialize(&copy, &ack).ok()) return;
    ack_ = {ack.count(), ack.rejected(), ack.duplicates(), {ack.reasons().begin(), ack.reasons().end()}};
  }

  const std::string address_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer incoming_;
  LoadAck ack_;
  std::optional<std::int64_t> retry_after_ms_;
  absl::Status broken_;  // why it cannot go on, if not for the aggregator's own words
  Step pending_{};
  bool ok_ = false;  // of the step that was pending
  bool reading_ = false;
  bool over_ = false;
  bool finished_ = false;
};

}  // namespace

const char* LoadStream::PathOf(Method method) {
  return method == Method::kPublish ? "/telemetry.TelemetryIngestor/Publish"
                                    : "/telemetry.TelemetryIngestor/StreamTelemetry";
}

std::optional<std::int64_t> ParseRetryAfter(std::string_view text) {
  std::int64_t milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return milliseconds;
}

std::unique_ptr<LoadStream> LoadStream::Open(const Options& options) {
  return std::make_unique<GrpcLoadStream>(options);
}

}  // namespace obs
