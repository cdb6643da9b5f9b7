#include "ingest/service.h"

#include <chrono>
#include <string>
#include <utility>

#include "fmt/format.h"

namespace obs {
namespace {

using ReadReactor = grpc::ServerReadReactor<grpc::ByteBuffer>;
using BidiReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

void Encode(const StreamTally& tally, const RejectionNotes& notes, grpc::ByteBuffer* out) {
  telemetry::Ack ack;
  ack.set_ok(tally.rejected == 0);
  ack.set_count(tally.accepted);
  ack.set_sequence(tally.sequence);
  ack.set_rejected(tally.rejected);
  ack.set_duplicates(tally.duplicates);
  for (const std::string& text : notes.texts()) ack.add_reasons(text);
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
    Encode(session().tally(), session().notes(), response_);
    ReadReactor::Finish(status);
  }

  IngestService& service_;
  grpc::ByteBuffer* const response_;
  grpc::ByteBuffer message_;
};

// Acks are cumulative, so while one is being written the next waits, and then covers all that came meanwhile.
class PublishCall final : public BidiReactor, public Call {
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
    bool again = false;
    {
      MutexLock lock(ack_mutex_);
      again = ok && has_next_;
      if (again) ack_.Swap(&next_ack_);
      has_next_ = false;
      writing_ = again;
    }
    if (!ok) End(absl::CancelledError("the client is gone"));
    if (again) Write();
    Leave();
  }

  void OnDone() override {
    service_.Remove(this);
    delete this;
  }

 private:
  void Acknowledge() {
    grpc::ByteBuffer ack;
    Encode(session().tally(), session().notes(), &ack);
    {
      MutexLock lock(ack_mutex_);
      if (writing_) {
        next_ack_.Swap(&ack);
        has_next_ = true;
        return;
      }
      writing_ = true;
      ack_.Swap(&ack);
    }
    Write();
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
    Encode(session().tally(), session().notes(), &ack_);
    StartWriteAndFinish(&ack_, grpc::WriteOptions(), status);
  }

  IngestService& service_;
  grpc::ByteBuffer message_;

  Mutex ack_mutex_;
  bool writing_ ABSL_GUARDED_BY(ack_mutex_) = false;
  grpc::ByteBuffer ack_;  // gRPC's while writing_
  bool has_next_ ABSL_GUARDED_BY(ack_mutex_) = false;
  grpc::ByteBuffer next_ack_ ABSL_GUARDED_BY(ack_mutex_);
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
