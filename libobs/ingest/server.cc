#include "ingest/server.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "fmt/format.h"
#include "ingest/acceptor.h"
#include "ingest/service.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

// Over this gRPC itself refuses a message, in its own words, before all of it has come.
constexpr std::size_t kHeadroomFactor = 4;
constexpr int kMaxMetadataBytes =
    4 << 20;  // so that a giant key is refused by us, in the same words as any other
constexpr int kFrameBytes = 1 << 20;
constexpr std::uint64_t kLeastStreamWindowBytes = 64 << 10;
constexpr std::uint64_t kMostStreamWindowBytes = 4 << 20;
// Full windows of so many streams fit into the transport's memory.
constexpr std::uint64_t kStreamsInMemory = 64;
constexpr int kKeepaliveMillis = 30'000;
constexpr int kKeepaliveTimeoutMillis = 20'000;
constexpr int kMinPingIntervalMillis = 4'000;  // clients may ping every 5 s, give or take
// Calls that are about to end by themselves may: a fraction of the time that Stop() has.
constexpr std::int64_t kGraceFraction = 10;

// Once in a process. gRPC's own log goes to ours, where nobody reads it unless asked for. Debian's Abseil,
// and with it gRPC, looks for lock cycles at each lock, which took some 5 % of a small message's time.
void SetUpGrpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    gpr_set_log_function([](gpr_log_func_args* args) {
      spdlog::debug("grpc: {}:{}: {}", args->file, args->line, args->message);
    });
  });
}

void Configure(const IngestServerOptions& options, const IngestOptions& limits,
               grpc::ServerBuilder& builder) {
  const std::size_t message_bytes =
      std::min<std::size_t>(kHeadroomFactor * limits.max_batch_bytes, std::numeric_limits<int>::max());
  builder.SetMaxReceiveMessageSize(static_cast<int>(message_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kFrameBytes);
  const std::uint64_t window_bytes = std::clamp(options.transport_memory_bytes / kStreamsInMemory,
                                                kLeastStreamWindowBytes, kMostStreamWindowBytes);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, static_cast<int>(window_bytes));
  // Else it grows with the bandwidth, until gRPC runs out of memory and cuts streams off.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMillis);
  builder.SetResourceQuota(grpc::ResourceQuota("ingest").Resize(options.transport_memory_bytes));
}

std::string HostPort(const std::string& host, int port) {
  const bool bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return fmt::format(fmt::runtime(bare_ipv6 ? "[{}]:{}" : "{}:{}"), host, port);
}

}  // namespace

struct IngestServer::Impl {
  explicit Impl(Ingestor& each) : ingestor(each), service(each) {}
  ~Impl() { StopJournal(); }

  // Its last record is written, and it calls nobody any more.
  void StopJournal() {
    if (IngestJournal* const journal = ingestor.journal()) journal->Stop();
  }

  Ingestor& ingestor;
  IngestService service;
  // Takes what the acceptor accepts. Lives as long as the server.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Acceptor> acceptor;
  std::string address;
};

absl::StatusOr<std::unique_ptr<IngestServer>> IngestServer::Start(const IngestServerOptions& options,
                                                                  Ingestor& ingestor) {
  SetUpGrpc();
  grpc::EnableDefaultHealthCheckService(true);
  static std::once_flag reflection;
  std::call_once(reflection, grpc::reflection::InitProtoReflectionServerBuilderPlugin);

  auto impl = std::make_unique<Impl>(ingestor);
  if (IngestJournal* const journal = ingestor.journal()) {
    AckPacer& pacer = impl->service.pacer();
    absl::Status status = journal->Start([&pacer](std::uint64_t record) { pacer.OnCommitted(record); });
    if (!status.ok()) return status;
  }
  auto acceptor = Acceptor::Listen(options.host, options.port);
  if (!acceptor.ok()) {
    return absl::UnavailableError(fmt::format(
        "cannot listen on {} for gRPC: {}", HostPort(options.host, options.port),
        std::string_view(acceptor.status().message().data(), acceptor.status().message().size())));
  }
  impl->acceptor = *std::move(acceptor);
  grpc::ServerBuilder builder;
  Configure(options, ingestor.options(), builder);
  impl->connections = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  builder.RegisterService(&impl->service);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr) return absl::UnavailableError("gRPC does not start; its log says why");
  impl->address = HostPort(options.host, impl->acceptor->port());
  impl->server->GetHealthCheckService()->SetServingStatus(telemetry::TelemetryIngestor::service_full_name(),
                                                          true);
  impl->acceptor->Start([connections = impl->connections.get()](int fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = fd;
    connections->HandleNewConnection(&connection);
  });
  return std::unique_ptr<IngestServer>(new IngestServer(std::move(impl)));
}

IngestServer::IngestServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

IngestServer::~IngestServer() {
  if (impl_->server != nullptr) Stop(0);
}

std::uint16_t IngestServer::port() const {
  return impl_->acceptor->port();
}

const std::string& IngestServer::address() const {
  return impl_->address;
}

void IngestServer::Stop(std::int64_t timeout_ns) {
  impl_->acceptor->Stop();  // first: the server would leave open what it is handed from here on
  const auto deadline = std::chrono::system_clock::now() + std::chrono::nanoseconds(timeout_ns);
  // Shutdown() says goodbye to the clients at once, and blocks until all calls are over.
  std::thread shutdown([this, deadline] { impl_->server->Shutdown(deadline); });
  impl_->service.Stop(timeout_ns / kGraceFraction);
  shutdown.join();
  impl_->server = nullptr;
  impl_->StopJournal();
}

}  // namespace obs
