#include "support/fake_aggregator.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/mutex.h"
#include "fmt/format.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "support/wait_until.h"
#include "telemetry.grpc.pb.h"

namespace obs::testing {

class FakeAggregator::Service final : public telemetry::TelemetryIngestor::Service {
 public:
  explicit Service(Script script) : script_(std::move(script)), acknowledge_(script_.acknowledge) {}

  const Script& script() const { return script_; }

  void Acknowledge(bool acknowledge) {
    MutexLock lock(mutex_);
    acknowledge_ = acknowledge;
  }
  int streams() const {
    MutexLock lock(mutex_);
    return streams_;
  }
  std::vector<Received> received() const {
    MutexLock lock(mutex_);
    return received_;
  }

  using Stream = grpc::ServerReaderWriter<telemetry::Ack, telemetry::TelemetryBatch>;

  grpc::Status Publish(grpc::ServerContext* context, Stream* stream) override {
    const int number = CountStream();
    if (!IsLetIn(*context)) return {grpc::StatusCode::UNAUTHENTICATED, "invalid key"};
    stream->SendInitialMetadata();
    telemetry::Ack ack;
    telemetry::TelemetryBatch batch;
    for (int place = 1; stream->Read(&batch); ++place) {
      const grpc::Status status = script_.judge ? script_.judge(batch, place) : grpc::Status::OK;
      if (!status.ok()) {
        if (!script_.retry_after_ms.empty()) {
          context->AddTrailingMetadata("retry-after-ms", script_.retry_after_ms);
        }
        return status;
      }
      if (Take(number, batch, ack)) stream->Write(ack);
    }
    return grpc::Status::OK;
  }

 private:
  int CountStream() {
    MutexLock lock(mutex_);
    return ++streams_;
  }

  bool IsLetIn(const grpc::ServerContext& context) const {
    if (script_.key.empty()) return true;
    const auto found = context.client_metadata().find("authorization");
    return found != context.client_metadata().end() &&
           std::string(found->second.data(), found->second.size()) == "Bearer " + script_.key;
  }

  // True if `ack` is to be sent.
  bool Take(int stream, const telemetry::TelemetryBatch& batch, telemetry::Ack& ack) {
    MutexLock lock(mutex_);
    received_.push_back({stream, batch});
    if (batch.sequence() == 0 || !acknowledge_) return false;
    ack.set_sequence(std::max({ack.sequence(), batch.sequence(), script_.applied}));
    if (script_.reject != 0 && batch.sequence() > 1) {
      ack.set_rejected(ack.rejected() + static_cast<std::uint64_t>(script_.reject));
      ack.add_reasons(fmt::format("batch {}: not_finite", batch.sequence()));
    }
    return true;
  }

  const Script script_;
  mutable Mutex mutex_;
  bool acknowledge_ ABSL_GUARDED_BY(mutex_);
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Received> received_ ABSL_GUARDED_BY(mutex_);
};

struct FakeAggregator::Running {
  explicit Running(Script script) : service(std::move(script)) {}

  Service service;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

FakeAggregator::FakeAggregator() : FakeAggregator(Script{}) {}

FakeAggregator::FakeAggregator(Script script, int port)
    : running_(std::make_unique<Running>(std::move(script))) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(fmt::format("127.0.0.1:{}", port), grpc::InsecureServerCredentials(),
                           &running_->port);
  builder.SetMaxReceiveMessageSize(running_->service.script().max_message_bytes);
  builder.RegisterService(&running_->service);
  running_->server = builder.BuildAndStart();
}

FakeAggregator::~FakeAggregator() {
  Stop();
}

void FakeAggregator::Stop() {
  if (running_->server != nullptr) running_->server->Shutdown(std::chrono::system_clock::now());
  running_->server.reset();
}

int FakeAggregator::port() const {
  return running_->port;
}
std::string FakeAggregator::address() const {
  return fmt::format("127.0.0.1:{}", port());
}
void FakeAggregator::Acknowledge(bool acknowledge) {
  running_->service.Acknowledge(acknowledge);
}
int FakeAggregator::streams() const {
  return running_->service.streams();
}
std::vector<FakeAggregator::Received> FakeAggregator::received() const {
  return running_->service.received();
}

std::vector<FakeAggregator::Received> FakeAggregator::data() const {
  std::vector<Received> data;
  for (Received& one : running_->service.received()) {
    if (one.batch.sequence() > 1) data.push_back(std::move(one));
  }
  return data;
}

bool FakeAggregator::WaitForData(std::size_t count) const {
  return WaitUntil([&] { return data().size() >= count; });
}

}  // namespace obs::testing
