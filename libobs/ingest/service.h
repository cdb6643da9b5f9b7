// telemetry.TelemetryIngestor on gRPC's callback API, over raw bytes.
//
// Thread safety: gRPC calls it from its own threads; Stop() from any.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "base/mutex.h"
#include "ingest/ack_pacer.h"
#include "ingest/call.h"
#include "ingest/ingestor.h"
#include "telemetry.grpc.pb.h"

namespace obs {

using RawTelemetryIngestor = telemetry::TelemetryIngestor::WithRawCallbackMethod_StreamTelemetry<
    telemetry::TelemetryIngestor::WithRawCallbackMethod_Publish<telemetry::TelemetryIngestor::Service>>;

class IngestService final : public RawTelemetryIngestor {
 public:
  // `ingestor` outlives it. All calls must be over before it goes.
  explicit IngestService(Ingestor& ingestor) : ingestor_(ingestor) {}

  grpc::ServerReadReactor<grpc::ByteBuffer>* StreamTelemetry(grpc::CallbackServerContext* context,
                                                             grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Publish(
      grpc::CallbackServerContext* context) override;

  // Waits up to `grace_ns` of real time for the calls to end by themselves, then ends them and those still to
  // come with UNAVAILABLE, after a last Ack of what is as safe as acks promise.
  void Stop(std::int64_t grace_ns);

  // The list of calls that run, which each keeps itself on.
  void Add(Call* call);
  void Remove(Call* call);

  AckPacer& pacer() { return pacer_; }

 private:
  absl::StatusOr<std::shared_ptr<SeriesQuota>> Admit(grpc::CallbackServerContext* context);

  Ingestor& ingestor_;
  AckPacer pacer_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<Call*> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
