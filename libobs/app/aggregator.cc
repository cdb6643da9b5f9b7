#include "app/aggregator.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "app/embedded_file.h"
#include "app/file_response.h"
#include "app/memory_budget.h"
#include "app/query_api.h"
#include "app/self_metrics.h"
#include "app/snapshot.h"
#include "app/start_page.h"
#include "app/status_api.h"
#include "auth/key_store.h"
#include "base/mutex.h"
#include "base/process_usage.h"
#include "base/units.h"
#include "buffer/store.h"
#include "export/exposition.h"
#include "fmt/format.h"
#include "http/listen_address.h"
#include "http/server.h"
#include "http/upgrade.h"
#include "ingest/backlog_gate.h"
#include "ingest/ingest_journal.h"
#include "ingest/ingestor.h"
#include "ingest/server.h"
#include "journal/file_system.h"
#include "live/hub.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

// Of the 5 s that Stop() may take.
constexpr std::int64_t kDrainTimeoutNs = 2 * kNanosPerSecond;
constexpr std::chrono::seconds kSweepInterval(1);
// So many of the largest batches have to fit into the data directory.
constexpr std::uint64_t kBatchesInJournal = 16;

StoreOptions StoreOptionsOf(const AggregatorOptions& options, const MemoryBudget& memory) {
  StoreOptions store;
  store.max_series = options.max_series;
  store.memory_limit_bytes = memory.store_bytes;
  store.series_ttl_ns = options.series_ttl_ns;
  store.history_ns = options.history_ns;
  store.window_ns = options.window_ns;
  return store;
}

IngestOptions IngestOptionsOf(const AggregatorOptions& options, const Clock& clock) {
  IngestOptions ingest;
  ingest.gate = std::make_shared<BacklogGate>(static_cast<int>(std::thread::hardware_concurrency()),
                                              MeasureCpuSeconds, clock);
  ingest.max_batch_bytes = options.max_batch_bytes;
  ingest.max_skew_ns = options.max_timestamp_skew_ns;
  ingest.max_series_per_key = options.max_series_per_key;
  ingest.ledger.gone_after_ns = options.series_ttl_ns;
  return ingest;
}

// The address to listen on: an open server is for this machine alone unless told otherwise.
absl::StatusOr<std::string> BindAddress(const AggregatorOptions& options, bool keys) {
  if (options.bind.empty()) return keys ? "0.0.0.0" : "127.0.0.1";
  if (!keys && !options.allow_anonymous && !IsLoopback(options.bind)) {
    return absl::InvalidArgumentError(
        fmt::format("--bind {} would let anybody in, as there are no keys: set TELEMETRY_API_KEYS, or add "
                    "--allow-anonymous",
                    options.bind));
  }
  return options.bind;
}

absl::StatusOr<Durability> DurabilityOf(const AggregatorOptions& options) {
  if (options.durability.empty()) return options.data_dir.empty() ? Durability::kMemory : Durability::kOs;
  for (const Durability each : {Durability::kMemory, Durability::kOs, Durability::kFsync}) {
    if (options.durability != DurabilityName(each)) continue;
    if (each == Durability::kMemory || !options.data_dir.empty()) return each;
    return absl::InvalidArgumentError(
        fmt::format("--durability {} needs --data-dir: there is no disk to be safe on", options.durability));
  }
  return absl::InvalidArgumentError(
      fmt::format("--durability {}: it is memory, os or fsync", options.durability));
}

// Nullopt without a data directory. Errors: INVALID_ARGUMENT naming the option.
absl::StatusOr<std::optional<IngestJournalOptions>> JournalOptionsOf(const AggregatorOptions& options) {
  const auto durability = DurabilityOf(options);
  if (!durability.ok()) return durability.status();
  if (options.data_dir.empty()) return std::nullopt;
  const std::uint64_t least_bytes = std::max(kLeastJournalBytes, kBatchesInJournal * options.max_batch_bytes);
  if (options.data_limit_bytes < least_bytes) {
    return absl::InvalidArgumentError(fmt::format("--data-limit {}: at least {} are needed",
                                                  FormatBytes(options.data_limit_bytes),
                                                  FormatBytes(least_bytes)));
  }
  return IngestJournalOptions{.directory = options.data_dir,
                              .limit_bytes = options.data_limit_bytes,
                              .durability = *durability,
                              .history_ns = options.history_ns,
                              .max_skew_ns = options.max_timestamp_skew_ns};
}

absl::StatusOr<std::unique_ptr<KeyStore>> KeysOf(const AggregatorOptions& options) {
  KeySources sources;
  sources.list = options.api_keys;
  sources.file = options.api_keys_file;
  auto keys = KeyStore::Create(std::move(sources));
  if (!keys.ok()) return absl::InvalidArgumentError(keys.status().message());
  return keys;
}

std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

void TellWhatWasFound(const IngestJournalStats& journal) {
  const JournalCondition& found = journal.found;
  spdlog::info("{}: {} samples in {} batches brought back in {:.2f} s", journal.directory,
               journal.replayed.samples, journal.replayed.batches, journal.replay_seconds);
  if (found.cut_bytes + found.missing_records + journal.replayed.unreadable == 0) return;
  spdlog::warn("{}: {} bytes behind damage in {} segments were cut, {} records are missing, {} unreadable",
               journal.directory, found.cut_bytes, found.damaged_segments, found.missing_records,
               journal.replayed.unreadable);
}

// A header's value; "" if there is no such header.
std::string_view View(const std::string* value) {
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

}  // namespace

class Aggregator::Impl {
 public:
  Impl(const AggregatorOptions& options, const MemoryBudget& memory, std::unique_ptr<KeyStore> keys,
       const std::string& host)
      : keys_(std::move(keys)),
        open_watch_(options.open_watch),
        store_(StoreOptionsOf(options, memory), clock_),
        ingestor_(IngestOptionsOf(options, clock_), store_, *keys_, clock_),
        hub_(HubOptionsOf(options, memory), store_, clock_),
        exposition_(store_, IsSelfMetricName),
        queries_(store_, clock_),
        live_http_(HttpOptionsOf(host, options.ws_port)),
        metrics_http_(HttpOptionsOf(host, options.metrics_port)) {}

  ~Impl() { Stop(); }

  // Errors: as IngestJournal::Open().
  absl::Status OpenJournal(const IngestJournalOptions& options) {
    if (absl::Status status = ingestor_.OpenJournal(options, FileSystem::System()); !status.ok())
      return status;
    TellWhatWasFound(ingestor_.journal()->Stats());
    return absl::OkStatus();
  }

  absl::Status Start(const std::string& host, std::uint16_t grpc_port, std::uint64_t transport_bytes) {
    IngestServerOptions grpc;
    grpc.host = host;
    grpc.port = grpc_port;
    grpc.transport_memory_bytes = transport_bytes;
    auto server = IngestServer::Start(grpc, ingestor_);
    if (!server.ok()) return server.status();
    ingest_server_ = *std::move(server);
    hub_.Start();
    SetRoutes();
    if (absl::Status status = live_http_.Start(); !status.ok()) return status;
    if (absl::Status status = metrics_http_.Start(); !status.ok()) return status;
    sweeper_ = std::thread([this] { SweepUntilStopped(); });
    addresses_ = fmt::format("grpc={} http={} metrics={}", ingest_server_->address(),
                             ListenAddress{host, live_http_.port()}.ToString(),
                             ListenAddress{host, metrics_http_.port()}.ToString());
    return absl::OkStatus();
  }

  const std::string& addresses() const { return addresses_; }

  void ReloadKeys() {
    if (const absl::Status status = keys_->Reload(); !status.ok()) {
      spdlog::error("keys stay as they were: {}", Message(status));
    } else {
      spdlog::info("keys read again");
    }
  }

  // Inflow first, so that what was acknowledged is still shown; then those who watch.
  void Stop() {
    if (std::exchange(stopped_, true)) return;
    if (ingest_server_) ingest_server_->Stop(kDrainTimeoutNs);
    hub_.Stop();
    live_http_.Stop();
    metrics_http_.Stop();
    {
      MutexLock lock(sweep_mutex_);
      stop_sweeping_ = true;
    }
    sweep_wake_.notify_all();
    if (sweeper_.joinable()) sweeper_.join();
  }

 private:
  HubOptions HubOptionsOf(const AggregatorOptions& options, const MemoryBudget& memory) {
    HubOptions hub;
    hub.max_sessions = options.max_watchers;
    hub.max_frame_bytes = memory.frame_bytes;
    hub.allow_origins = options.allow_origins;
    hub.authorize = [this](std::string_view key) { return MayWatch(key); };
    return hub;
  }

  static HttpServerOptions HttpOptionsOf(const std::string& host, std::uint16_t port) {
    HttpServerOptions http;
    http.listen = {host, port};
    http.threads = 2;
    return http;
  }

  absl::Status MayWatch(std::string_view key) const {
    if (open_watch_) return absl::OkStatus();
    return keys_->Check(key, Scope::kWatch).status();
  }

  // Wraps a handler so that it is for those who may watch.
  HttpHandler ForWatchers(HttpHandler handler) const {
    return [this, handler = std::move(handler)](const HttpRequest& request) {
      const std::string* authorization = request.Header("authorization");
      const std::string* x_api_key = request.Header("x-api-key");
      const absl::Status status = MayWatch(PresentedKey(View(authorization), View(x_api_key)));
      if (!status.ok())
        return HttpResponse::Error(absl::IsPermissionDenied(status) ? 403 : 401, Message(status));
      return handler(request);
    };
  }

  void SetRoutes() {
    const HttpHandler health = [this](const HttpRequest&) { return HealthResponse(Snapshot()); };
    live_http_.Route("GET", "/health", health);
    metrics_http_.Route("GET", "/health", health);
    metrics_http_.Route("GET", "/metrics", [this](const HttpRequest&) { return Metrics(); });
    SetPageRoutes();
    live_http_.Route("GET", "/api/v1/series", ForWatchers([this](const HttpRequest& request) {
                       return queries_.ListSeries(request);
                     }));
    live_http_.Route("GET", "/api/v1/history", ForWatchers([this](const HttpRequest& request) {
                       return queries_.ReadHistory(request);
                     }));
    live_http_.Route("GET", "/api/v1/samples", ForWatchers([this](const HttpRequest& request) {
                       return queries_.ReadSamples(request);
                     }));
    live_http_.Route("GET", "/api/v1/status",
                     ForWatchers([this](const HttpRequest&) { return StatusResponse(Snapshot(), store_); }));
    live_http_.OnUpgrade("/ws", [this](UpgradeRequest& upgrade) { return hub_.Upgrade(upgrade); });
  }

  void SetPageRoutes() {
    if (DashboardFiles().empty()) {
      live_http_.Route("GET", "/", [this](const HttpRequest& request) {
        return StartPage(request, ingest_server_->port(), metrics_http_.port());
      });
      return;
    }
    const HttpHandler file = [](const HttpRequest& request) {
      return FileResponse(request, DashboardFiles());
    };
    for (const EmbeddedFile& each : DashboardFiles()) live_http_.Route("GET", std::string(each.path), file);
    live_http_.Route("GET", "/assets/*", file);  // answers 404 for what an older page asks for
  }

  HttpResponse Metrics() {
    std::string page = exposition_.Write();
    page += BuildSelfMetrics(Snapshot(), store_).ToText();
    return HttpResponse::Text("text/plain; version=0.0.4; charset=utf-8", std::move(page));
  }

  AggregatorSnapshot Snapshot() const {
    AggregatorSnapshot snapshot;
    snapshot.start_time_ns = start_time_ns_;
    snapshot.now_ns = clock_.NowNanos();
    snapshot.grpc_port = ingest_server_->port();
    snapshot.metrics_port = metrics_http_.port();
    snapshot.process = MeasureProcessUsage();
    snapshot.store = store_.Stats();
    snapshot.ledger = ingestor_.ledger().Snapshot();
    snapshot.ingest = ingestor_.Stats();
    if (ingestor_.journal() != nullptr) snapshot.journal = ingestor_.journal()->Stats();
    snapshot.latency = ingestor_.latency().Snapshot();
    snapshot.live = hub_.stats();
    snapshot.exposition = exposition_.Stats();
    snapshot.live_http = live_http_.stats();
    snapshot.metrics_http = metrics_http_.stats();
    return snapshot;
  }

  void SweepUntilStopped() {
    MutexLock lock(sweep_mutex_);
    while (!stop_sweeping_) {
      sweep_wake_.wait_for(sweep_mutex_, kSweepInterval);
      store_.Sweep();
    }
  }

  const Clock& clock_ = Clock::System();
  const std::int64_t start_time_ns_ = clock_.NowNanos();
  const std::unique_ptr<KeyStore> keys_;
  const bool open_watch_;

  // In the order in which data flows; each outlives what follows.
  Store store_;
  Ingestor ingestor_;
  Hub hub_;
  Exposition exposition_;
  QueryApi queries_;
  HttpServer live_http_;
  HttpServer metrics_http_;
  std::unique_ptr<IngestServer> ingest_server_;
  std::string addresses_;
  bool stopped_ = false;

  Mutex sweep_mutex_;
  CondVar sweep_wake_;
  bool stop_sweeping_ ABSL_GUARDED_BY(sweep_mutex_) = false;
  std::thread sweeper_;
};

absl::Status Aggregator::Check(const AggregatorOptions& options) {
  const auto keys = KeysOf(options);
  if (!keys.ok()) return keys.status();
  const auto journal = JournalOptionsOf(options);
  if (!journal.ok()) return journal.status();
  const auto memory = DivideMemory(options.memory_limit_bytes, journal->has_value());
  if (!memory.ok()) return memory.status();
  return BindAddress(options, (*keys)->required()).status();
}

absl::StatusOr<std::unique_ptr<Aggregator>> Aggregator::Start(const AggregatorOptions& options) {
  auto keys = KeysOf(options);
  if (!keys.ok()) return keys.status();
  const auto host = BindAddress(options, (*keys)->required());
  if (!host.ok()) return host.status();
  const auto memory = DivideMemory(options.memory_limit_bytes, !options.data_dir.empty());
  if (!memory.ok()) return memory.status();
  auto journal = JournalOptionsOf(options);
  if (!journal.ok()) return journal.status();
  auto impl = std::make_unique<Impl>(options, *memory, *std::move(keys), *host);
  if (*journal) {
    (*journal)->max_pending_bytes = memory->journal_bytes;
    if (absl::Status status = impl->OpenJournal(**journal); !status.ok()) return status;
  }
  absl::Status status = impl->Start(*host, options.grpc_port, memory->transport_bytes);
  if (!status.ok()) return status;
  return std::unique_ptr<Aggregator>(new Aggregator(std::move(impl)));
}

Aggregator::Aggregator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Aggregator::~Aggregator() = default;
std::string Aggregator::Addresses() const {
  return impl_->addresses();
}
void Aggregator::ReloadKeys() {
  impl_->ReloadKeys();
}
void Aggregator::Stop() {
  spdlog::info("stopping");
  impl_->Stop();
}

}  // namespace obs
