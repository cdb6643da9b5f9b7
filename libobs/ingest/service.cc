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
      : Call(ingestor, service.pacer(), context, std::move(quota)), service_(service), response_(response) {
    Enter();
    service_.Add(this);
    StartRead(&message_);
    Leave();
  }

  void OnReadDone(bool ok) override {
    if (Enter() && Receive(ok, message_)) GoOn();
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

  void StartNextRead() override { StartRead(&message_); }

  IngestService& service_;
  grpc::ByteBuffer* const response_;
  grpc::ByteBuffer message_;
};

// Acks are cumulative, so one covers all batches that came since the one before, which is so long ago at
// least as the pacer says; or all that came before the one whose record the disk was waited for.
class PublishCall final : public BidiReactor, public Call, public AckPacer::Waiter {
 public:
  PublishCall(IngestService& service, Ingestor& ingestor, grpc::CallbackServerContext* context,
              std::shared_ptr<SeriesQuota> quota)
      : Call(ingestor, service.pacer(), context, std::move(quota)), service_(service) {
    Enter();
    service_.Add(this);
    StartSendInitialMetadata();  // tells the client that it was let in
    StartRead(&message_);
    Leave();
  }

  void OnReadDone(bool ok) override {
    if (Enter() && Receive(ok, message_)) {
      Acknowledge();
      GoOn();
    }
    Leave();
  }

  void OnWriteDone(bool ok) override {
    bool defer = false;
    {
      MutexLock lock(ack_mutex_);
      written_ns_ = Clock::System().MonotonicNanos();
      state_ = AckState::kIdle;
      defer = ok && has_news_;
      if (defer) Await();
    }
    if (!ok) End(absl::CancelledError("the client is gone"));
    if (defer) Defer();
    Leave();
  }

  void OnDue() override {
    const bool goes_on = Enter();
    bool write = false;
    bool defer = false;
    {
      MutexLock lock(ack_mutex_);
      write = BeginWrite();
      // What was waited for was told already, and something came meanwhile.
      defer = goes_on && !write && has_news_ && awaited_.record < newest_.record;
      if (defer) Await();
    }
    if (write) Write();
    if (defer) Defer();
    Leave();
    Leave();  // of when it was deferred
  }

  void OnDone() override {
    service_.Remove(this);
    delete this;
  }

 private:
  enum class AckState : std::uint8_t { kIdle, kDeferred, kWriting };

  void StartNextRead() override { StartRead(&message_); }

  void Acknowledge() {
    bool defer = false;
    {
      MutexLock lock(ack_mutex_);
      newest_ = session().tally();
      if (reasons_.size() != session().notes().texts().size()) reasons_ = session().notes().texts();
      has_news_ = true;
      if (state_ != AckState::kIdle) return;
      const bool is_soon = Clock::System().MonotonicNanos() - written_ns_ < kAckIntervalNs;
      defer = is_soon || !BeginWrite();
      if (defer) Await();
    }
    if (defer) {
      Defer();
    } else {
      Write();
    }
  }

  void Await() ABSL_EXCLUSIVE_LOCKS_REQUIRED(ack_mutex_) {
    awaited_ = newest_;
    state_ = AckState::kDeferred;
  }

  // The call stays entered until the pacer has come back.
  void Defer() {
    (void)Enter();
    pacer().Defer(this, MayAcknowledge(awaited_) ? 0 : awaited_.record);
    if (is_ending()) LetGo();  // it may have let go before there was anything to
  }

  void LetGo() override { pacer().Hurry(this); }

  // Makes `ack_` tell the newest that may be told. False if there is nothing to tell.
  bool BeginWrite() ABSL_EXCLUSIVE_LOCKS_REQUIRED(ack_mutex_) {
    state_ = AckState::kIdle;
    if (MayAcknowledge(newest_)) {
      told_ = newest_;
      has_news_ = false;
    } else if (awaited_.record > told_.record && MayAcknowledge(awaited_)) {
      told_ = awaited_;
    } else {
      return false;
    }
    Encode(told_, reasons_, &ack_);
    state_ = AckState::kWriting;
    return true;
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
    {
      MutexLock lock(ack_mutex_);
      const StreamTally& tally = MayAcknowledge(session().tally()) ? session().tally() : told_;
      Encode(tally, session().notes().texts(), &ack_);
    }
    StartWriteAndFinish(&ack_, grpc::WriteOptions(), status);
  }

  IngestService& service_;
  grpc::ByteBuffer message_;
  grpc::ByteBuffer ack_;  // gRPC's while kWriting
  StreamTally awaited_;   // of whoever defers, until the pacer has come back

  Mutex ack_mutex_;
  AckState state_ ABSL_GUARDED_BY(ack_mutex_) = AckState::kIdle;
  std::int64_t written_ns_ ABSL_GUARDED_BY(ack_mutex_) = 0;  // when the last ack was, monotonic
  // What the next ack says.
  bool has_news_ ABSL_GUARDED_BY(ack_mutex_) = false;
  StreamTally newest_ ABSL_GUARDED_BY(ack_mutex_);
  std::vector<std::string> reasons_ ABSL_GUARDED_BY(ack_mutex_);
  // What the last one said.
  StreamTally told_ ABSL_GUARDED_BY(ack_mutex_);
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
  pacer_.GiveUp();
}

}  // namespace obs
