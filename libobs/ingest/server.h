// The gRPC server: the ingestor's calls, grpc.health.v1 and server reflection on one port.
//
// Thread safety: any thread; Stop() once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ingest/ingestor.h"

namespace obs {

struct IngestServerOptions {
  std::string host = "127.0.0.1";  // a name or address, without port
  std::uint16_t port = 9000;       // 0: a free one
  int max_streams_per_connection = 1000;
  std::uint64_t transport_memory_bytes = 256u << 20;  // what gRPC may hold for all connections
};

class IngestServer {
 public:
  // Accepts calls when it returns, and the ingestor's journal, if there is one, is written. `ingestor`
  // outlives it. Errors: UNAVAILABLE naming the address and why it cannot be listened on; as
  // IngestJournal::Start().
  static absl::StatusOr<std::unique_ptr<IngestServer>> Start(const IngestServerOptions& options,
                                                             Ingestor& ingestor);
  // As Stop(0).
  ~IngestServer();
  IngestServer(const IngestServer&) = delete;
  IngestServer& operator=(const IngestServer&) = delete;

  std::uint16_t port() const;
  // "127.0.0.1:9000", with the port that was picked.
  const std::string& address() const;

  // Takes no more calls, gives those that run a moment to end, ends the others with a last Ack and
  // UNAVAILABLE, and returns when all are over, after at most `timeout_ns` of real time and what a batch
  // under way takes. Then the journal is stopped, too.
  void Stop(std::int64_t timeout_ns);

 private:
  struct Impl;
  explicit IngestServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace obs
