// What both calls of TelemetryIngestor have in common: taking batches, and ending once, in order, whoever
// wants the end.
//
// gRPC runs a call's reactions on its own threads, some at the same time, and Stop() comes from yet another.
// Each is bracketed by Enter() and Leave(), and the last one to leave a call that is to end ends it; so
// nothing touches a call after its end.
//
// Thread safety: any thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "ingest/ack_pacer.h"
#include "ingest/session.h"

namespace obs {

// `status` for the client of `context`, whose trailing metadata takes the hint when to try again, if there is
// one.
grpc::Status ToGrpcStatus(const absl::Status& status, grpc::CallbackServerContext* context);

class Call {
 private:
  // Waits for the disk on behalf of a call, which stays entered meanwhile.
  class DiskWait final : public AckPacer::Waiter {
   public:
    DiskWait(Call& call, void (Call::*then)()) : call_(call), then_(then) {}
    void OnDue() override { (call_.*then_)(); }

   private:
    Call& call_;
    void (Call::*const then_)();
  };

 public:
  // `pacer` outlives it.
  Call(Ingestor& ingestor, AckPacer& pacer, grpc::CallbackServerContext* context,
       std::shared_ptr<SeriesQuota> quota);
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Ends the call with UNAVAILABLE, after the batch under way.
  void Stop();

 protected:
  // False if the call is to end: then do nothing but Leave().
  bool Enter();
  // `this` may be gone afterwards.
  void Leave();
  // Makes the call end with `status` once everybody has left; the first status counts. Within Enter() and
  // Leave().
  void End(const absl::Status& status);

  // Takes one message, `ok` being gRPC's word that there is one. True if it was taken; otherwise the call is
  // to end, at once or, if all went well, when what was received may be acknowledged. Within Enter() and
  // Leave(), and only between reads.
  bool Receive(bool ok, const grpc::ByteBuffer& message);
  // Starts the next read, once the journal has room. Within Enter() and Leave(); the session is not touched
  // afterwards.
  void GoOn();
  virtual void StartNextRead() = 0;

  // The call is to end although something waits for the disk on its behalf: lets go of that.
  virtual void LetGo() {}
  // True once Enter() would be false.
  bool is_ending();

  // True if what `tally` counts is as safe as an ack promises.
  bool MayAcknowledge(const StreamTally& tally) const;

  Session& session() { return session_; }

  AckPacer& pacer() { return pacer_; }

  // Called once, by the last to leave. No lock is held. Nothing else starts an operation from then on.
  virtual void Finish(const grpc::Status& status) = 0;

 private:
  absl::Status Take(const grpc::ByteBuffer& message);
  void ReadOnDue();
  void EndOnDue();

  Ingestor& ingestor_;
  AckPacer& pacer_;
  grpc::CallbackServerContext* const context_;
  Session session_;
  // Only one of them waits at a time: nothing is read when the end is decided.
  DiskWait read_wait_{*this, &Call::ReadOnDue};
  DiskWait end_wait_{*this, &Call::EndOnDue};
  absl::Status wanted_end_;

  Mutex mutex_;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
