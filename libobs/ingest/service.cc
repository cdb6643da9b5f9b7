#include "ingest/service.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

namespace obs {
namespace {

using ReadReactor = grpc::ServerReadReactor<grpc::ByteBuffer>;
using BidiReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

void Encode(const StreamTally& tally, const std::vector<std::string>& reasons, grpc::ByteBuffer* out) {
  telemetry::Ack ack;
  ack.set_ok(tally.rejected == 0);
  ack.set_count(tally.accepted);
  ack.set_sequence(tally.sequence);
  ack.set_rejected(tally.rejected);
  ack.set_duplicates(tally.duplicates);
  for (const std::string& text : reasons) ack.add_reasons(text);
  out->Clear();  // a serializer refuses a buffer that holds something
  bool own_buffer = false;
  (void)grpc::SerializationTraits<telemetry::Ack>::Serialize(ack, out,
                                                             &own_buffer);  // cannot fail: it is small
}

// A call that was not let in.
template <typename Reactor>
class RefusedCall final : public Reactor {
 public:
  explicit RefusedCall(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

class StreamCall final : public ReadReactor, public Call {
 public:
  StreamCall(IngestService& service, Ingestor& ingestor, grpc::CallbackServerContext* context,
             std::shared_ptr<SeriesQuota> quota, grpc::ByteBuffer* response)
      : Call(ingestor, context, std::move(quota)), service_(service), response_(response) {
    Enter();
    service_.Add(this);
    StartRead(&message_);
    Leave();
  }

  void OnReadDone(bool ok) override {
    if (Enter()) {
      const absl::Status status = ok ? Receive(message_) : absl::OkStatus();
      if (ok && status.ok()) {
        StartRead(&message_);
      } else {
        End(status);
      }
    }
    Leave();
  }

  void OnDone() override {
    service_.Remove(this);
    delete this;
  }

 private:
  void Finish(const grpc::Status& status) override {
    Encode(session().tally(), session().notes().texts(), response_);
    ReadReactor::Finish(status);
  }

  IngestService& service_;
  grpc::ByteBuffer* const response_;
  grpc::ByteBuffer message_;
};

// Acks are cumulative, so one covers all batches that came since the one before, which is so long ago at
// least as the pacer says.
class PublishCall final : public BidiReactor, public Call, public AckPacer::Writer {
 public:
  PublishCall(IngestService& service, Ingestor& ingestor, grpc::CallbackServerContext* context,
              std::shared_ptr<SeriesQuota> quota)
      : Call(ingestor, context, std::move(quota)), service_(service) {
    Enter();
    service_.Add(this);
    StartSendInitialMetadata();  // tells the client that it was let in
    StartRead(&message_);
    Leave();
  }

  void OnReadDone(bool ok) override {
    if (Enter()) {
      const absl::Status status = ok ? Receive(message_) : absl::OkStatus();
      if (ok && status.ok()) {
        Acknowledge();
        StartRead(&message_);
      } else {
        End(status);
      }
    }
    Leave();
  }

  void OnWriteDone(bool ok) override {
    bool defer = false;
    {
      MutexLock lock(ack_mutex_);
      written_ns_ = Clock::System().MonotonicNanos();
      state_ = ok && has_news_ ? AckState::kDeferred : AckState::kIdle;
      defer = state_ == AckState::kDeferred;
    }
    if (!ok) End(absl::CancelledError("the client is gone"));
    if (defer) Defer();
    Leave();
  }

  void WriteDeferredAck() override {
    {
      MutexLock lock(ack_mutex_);
      BeginWrite();
    }
    Write();
    Leave();
  }

  void OnDone() override {
    service_.Remove(this);
    delete this;
  }

 private:
  enum class AckState : std::uint8_t { kIdle, kDeferred, kWriting };

  void Acknowledge() {
    bool defer = false;
    {
      MutexLock lock(ack_mutex_);
      tally_ = session().tally();
      if (reasons_.size() != session().notes().texts().size()) reasons_ = session().notes().texts();
      has_news_ = true;
      if (state_ != AckState::kIdle) return;
      defer = Clock::System().MonotonicNanos() - written_ns_ < kAckIntervalNs;
      if (defer) {
        state_ = AckState::kDeferred;
      } else {
        BeginWrite();
      }
    }
    if (defer) {
      Defer();
    } else {
      Write();
    }
  }

  // The call stays entered until the pacer has come back.
  void Defer() {
    (void)Enter();
    service_.pacer().Defer(this);
  }

  void BeginWrite() ABSL_EXCLUSIVE_LOCKS_REQUIRED(ack_mutex_) {
    Encode(tally_, reasons_, &ack_);
    has_news_ = false;
    state_ = AckState::kWriting;
  }

  // Writes `ack_`. Until it is written the call stays entered, so the last Ack and the status come after it.
  void Write() {
    if (Enter()) {
      StartWrite(&ack_);
    } else {
      Leave();  // the last Ack will say it
    }
  }

  void Finish(const grpc::Status& status) override {
    Encode(session().tally(), session().notes().texts(), &ack_);
    StartWriteAndFinish(&ack_, grpc::WriteOptions(), status);
  }

  IngestService& service_;
  grpc::ByteBuffer message_;
  grpc::ByteBuffer ack_;  // gRPC's while kWriting

  Mutex ack_mutex_;
  AckState state_ ABSL_GUARDED_BY(ack_mutex_) = AckState::kIdle;
  std::int64_t written_ns_ ABSL_GUARDED_BY(ack_mutex_) = 0;  // when the last ack was, monotonic
  // What the next ack says.
  bool has_news_ ABSL_GUARDED_BY(ack_mutex_) = false;
  StreamTally tally_ ABSL_GUARDED_BY(ack_mutex_);
  std::vector<std::string> reasons_ ABSL_GUARDED_BY(ack_mutex_);
};

std::string_view ValueOf(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

}  // namespace

ReadReactor* IngestService::StreamTelemetry(grpc::CallbackServerContext* context,
                                            grpc::ByteBuffer* response) {
  auto quota = Admit(context);
  if (!quota.ok()) return new RefusedCall<ReadReactor>(ToGrpcStatus(quota.status(), context));
  return new StreamCall(*this, ingestor_, context, *std::move(quota), response);
}

BidiReactor* IngestService::Publish(grpc::CallbackServerContext* context) {
  auto quota = Admit(context);
  if (!quota.ok()) return new RefusedCall<BidiReactor>(ToGrpcStatus(quota.status(), context));
  return new PublishCall(*this, ingestor_, context, *std::move(quota));
}

absl::StatusOr<std::shared_ptr<SeriesQuota>> IngestService::Admit(grpc::CallbackServerContext* context) {
  return ingestor_.Admit(PresentedKey(ValueOf(*context, "authorization"), ValueOf(*context, "x-api-key")));
}

void IngestService::Add(Call* call) {
  bool stopping = false;
  {
    MutexLock lock(mutex_);
    calls_.insert(call);
    stopping = stopping_;
  }
  if (stopping) call->Stop();
}

void IngestService::Remove(Call* call) {
  MutexLock lock(mutex_);
  calls_.erase(call);
  if (calls_.empty()) changed_.notify_all();
}

void IngestService::Stop(std::int64_t grace_ns) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(grace_ns);
  MutexLock lock(mutex_);
  while (!calls_.empty() && changed_.wait_until(mutex_, deadline) != std::cv_status::timeout) {
  }
  stopping_ = true;
  for (Call* const call : calls_) call->Stop();  // each is alive while it is listed
}

}  // namespace obs
