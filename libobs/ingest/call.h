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
#include "ingest/session.h"

namespace obs {

// `status` for the client of `context`, whose trailing metadata takes the hint when to try again, if there is
// one.
grpc::Status ToGrpcStatus(const absl::Status& status, grpc::CallbackServerContext* context);

class Call {
 public:
  Call(Ingestor& ingestor, grpc::CallbackServerContext* context, std::shared_ptr<SeriesQuota> quota);
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

  // Takes one message. Only between reads.
  absl::Status Receive(const grpc::ByteBuffer& message);

  Session& session() { return session_; }

  // Called once, by the last to leave. No lock is held. Nothing else starts an operation from then on.
  virtual void Finish(const grpc::Status& status) = 0;

 private:
  Ingestor& ingestor_;
  grpc::CallbackServerContext* const context_;
  Session session_;

  Mutex mutex_;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
