#include "agent/publish_stream.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "fmt/format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "obs/version.h"

namespace obs {
namespace {

constexpr char kMethod[] = "/telemetry.TelemetryIngestor/Publish";
constexpr char kRetryAfter[] = "retry-after-ms";
// gRPC servers take 8 kB of metadata by default.
constexpr std::size_t kMaxKeyBytes = 4096;

std::shared_ptr<grpc::Channel> MakeChannel(const StreamTarget& target) {
  grpc::ChannelArguments args;
  args.SetUserAgentPrefix(fmt::format("libobs/{}", Version()));
  // Each stream has a connection of its own, so that trying again is up to us and not to gRPC's own back-off.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
              static_cast<int>(target.connect_timeout_nanos / kNanosPerMilli));  // also bounds connecting
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // No keepalive pings: servers answer pings they find too frequent with GOAWAY. A peer that is silently gone
  // is noticed by the Acks that do not come.
  return grpc::CreateCustomChannel(target.address, grpc::InsecureChannelCredentials(), args);
}

// Shares the bytes instead of copying them.
grpc::Slice ToSlice(std::shared_ptr<const std::string> bytes) {
  auto* const owner = new std::shared_ptr<const std::string>(std::move(bytes));
  return grpc::Slice(
      const_cast<char*>((*owner)->data()), (*owner)->size(),
      [](void* shared) { delete static_cast<std::shared_ptr<const std::string>*>(shared); }, owner);
}

std::string Flatten(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

std::optional<std::int64_t> RetryAfterNanos(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find(kRetryAfter);
  if (found == metadata.end()) return std::nullopt;
  const char* const begin = found->second.data();
  std::int64_t millis = 0;
  const auto [end, error] = std::from_chars(begin, begin + found->second.size(), millis);
  if (error != std::errc() || millis < 0 || millis > INT64_MAX / kNanosPerMilli) return std::nullopt;
  return millis * kNanosPerMilli;
}

class GrpcStream final : public PublishStream, grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  GrpcStream(const StreamTarget& target, StreamEvents& events) : events_(events), stub_(MakeChannel(target)) {
    if (!target.api_key.empty()) context_.AddMetadata("authorization", "Bearer " + target.api_key);
    stub_.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
    AddHold();  // for writes, which come from outside of reactions
    StartRead(&incoming_);
  }

  void Start() { StartCall(); }

  void Write(std::string head, std::shared_ptr<const std::string> body) override {
    MutexLock lock(mutex_);
    if (!held_) return;
    std::vector<grpc::Slice> slices{grpc::Slice(head)};
    if (body != nullptr) slices.push_back(ToSlice(std::move(body)));
    outgoing_ = grpc::ByteBuffer(slices.data(), slices.size());
    StartWrite(&outgoing_);
  }

  void HalfClose() override {
    MutexLock lock(mutex_);
    if (held_) StartWritesDone();
  }

  void Cancel() override { context_.TryCancel(); }

 private:
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) events_.OnOpen();
  }

  void OnWriteDone(bool ok) override {
    if (ok) events_.OnWritable();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      MutexLock lock(mutex_);
      held_ = false;
      RemoveHold();
      return;
    }
    if (const auto ack = ParseAck(Flatten(incoming_))) {
      events_.OnAck(*ack);
    } else {
      context_.TryCancel();  // whatever answers there is no aggregator
    }
    StartRead(&incoming_);
  }

  void OnDone(const grpc::Status& status) override {
    StreamEnd end;
    end.status = absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
    end.retry_after_nanos = RetryAfterNanos(context_);
    events_.OnClosed(end);  // whereupon this may be destroyed
  }

  StreamEvents& events_;
  grpc::ClientContext context_;
  grpc::GenericStub stub_;
  grpc::ByteBuffer incoming_;
  Mutex mutex_;
  grpc::ByteBuffer outgoing_ ABSL_GUARDED_BY(mutex_);  // until the write is done
  bool held_ ABSL_GUARDED_BY(mutex_) = true;           // writes may be started
};

}  // namespace

absl::Status CheckTarget(const StreamTarget& target) {
  if (target.api_key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(
        fmt::format("the API key has {} bytes; at most {} can be sent", target.api_key.size(), kMaxKeyBytes));
  }
  const auto is_printable = [](char c) { return c > ' ' && c < '\x7F'; };
  if (!std::ranges::all_of(target.api_key, is_printable)) {
    return absl::InvalidArgumentError(
        "the API key holds a character that cannot be sent; it may hold printable ASCII");
  }
  return absl::OkStatus();
}

std::unique_ptr<PublishStream> PublishStream::Open(const StreamTarget& target, StreamEvents& events) {
  auto stream = std::make_unique<GrpcStream>(target, events);
  stream->Start();
  return stream;
}

}  // namespace obs
