// A small aggregator over real gRPC that does as a test tells it: takes batches, confirms or ignores them,
// refuses.
//
// Thread safety: any thread may call any method.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/support/status.h"
#include "telemetry.pb.h"

namespace obs::testing {

class FakeAggregator {
 public:
  // A batch, and which stream it came on, from 1.
  struct Received {
    int stream = 0;
    telemetry::TelemetryBatch batch;
  };

  struct Script {
    bool acknowledge = true;
    int max_message_bytes = -1;  // gRPC's own limit
    std::string key;             // if not empty, the only one that is let in
    // Judges a batch by its place in the stream, from 1; anything but OK ends the stream.
    std::function<grpc::Status(const telemetry::TelemetryBatch&, int place)> judge;
    std::string retry_after_ms;  // trailing metadata of a stream that was judged
    int reject = 0;              // samples of each batch to call rejected
    std::uint64_t applied = 0;   // highest sequence that it has from before
  };

  FakeAggregator();
  explicit FakeAggregator(Script script, int port = 0);
  ~FakeAggregator();

  // Breaks all streams and frees the port.
  void Stop();

  int port() const;
  std::string address() const;

  // From the next batch on.
  void Acknowledge(bool acknowledge);

  // Streams that were opened, let in or not.
  int streams() const;
  std::vector<Received> received() const;
  // Those of them that are no greeting and hold more than announcements.
  std::vector<Received> data() const;
  // False if they do not arrive.
  bool WaitForData(std::size_t count) const;

 private:
  class Service;
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace obs::testing
