#include "obs/agent.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>
#include <thread>

#include "absl/status/statusor.h"
#include "agent/publisher.h"
#include "agent/recorder.h"
#include "agent/spool.h"
#include "base/clock.h"
#include "base/host_name.h"
#include "base/mutex.h"
#include "fmt/format.h"

namespace obs {
namespace {

Config WithDefaults(Config config) {
  if (config.service_name.empty()) config.service_name = HostName();
  if (config.instance_id.empty()) {
    config.instance_id = config.spool_dir.empty() ? fmt::format("{}-{}", HostName(), getpid()) : HostName();
  }
  config.push_interval = std::max(config.push_interval, std::chrono::milliseconds(1));
  return config;
}

PublisherOptions ToPublisherOptions(const Config& config) {
  PublisherOptions options;
  options.service = config.service_name;
  options.instance = config.instance_id;
  options.target.address = config.aggregator_addr;
  options.target.api_key = config.api_key;
  options.target.connect_timeout_nanos = 5 * kNanosPerSecond;
  options.max_samples = config.buffer_size;
  return options;
}

absl::StatusOr<std::unique_ptr<Spool>> OpenSpool(const Config& config) {
  if (config.spool_dir.empty()) return nullptr;
  SpoolOptions options;
  options.directory = SpoolDirectory(config.spool_dir, config.service_name, config.instance_id);
  options.limit_bytes = std::max(config.spool_limit, kMinSpoolBytes);
  return Spool::Open(options, config.service_name, config.instance_id, FileSystem::System());
}

// True if its producer has had an earlier life.
bool GoesOn(const absl::StatusOr<std::unique_ptr<Spool>>& spool) {
  return spool.ok() && *spool != nullptr && (*spool)->found().anything;
}

// Null if there is none.
std::unique_ptr<Spool> Take(absl::StatusOr<std::unique_ptr<Spool>>& spool) {
  return spool.ok() ? *std::move(spool) : nullptr;
}

Result ToResult(const absl::Status& status) {
  return {status.ok(), std::string(status.message().data(), status.message().size())};
}

}  // namespace

// The two halves, recorder and publisher, and the thread that carries batches from one to the other.
class Agent::Impl {
 public:
  explicit Impl(Config raw)
      : config(WithDefaults(std::move(raw))),
        catalog(config.max_series),
        spool(OpenSpool(config)),
        recorder(catalog, losses, Clock::System(), GoesOn(spool)),
        publisher(ToPublisherOptions(config), catalog, losses, Clock::System(), Take(spool)) {}

  absl::Status Start() {
    MutexLock lifecycle(lifecycle_mutex_);
    if (thread_.joinable()) return absl::OkStatus();
    if (!spool.ok()) return spool.status();
    if (absl::Status status = publisher.Start(); !status.ok()) return status;
    {
      MutexLock lock(mutex_);
      stopping_ = false;
    }
    try {
      thread_ = std::thread([this] { Run(); });
    } catch (const std::system_error& error) {
      publisher.Stop(std::chrono::nanoseconds(0));
      return absl::ResourceExhaustedError(fmt::format("cannot start a thread: {}", error.what()));
    }
    return absl::OkStatus();
  }

  void Stop(std::chrono::nanoseconds timeout) {
    MutexLock lifecycle(lifecycle_mutex_);
    if (!thread_.joinable()) return;
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    publisher.Stop(timeout);
  }

  const Config config;
  LossCounts losses;
  SeriesCatalog catalog;
  absl::StatusOr<std::unique_ptr<Spool>> spool;  // the publisher's, or why it could not be opened
  Recorder recorder;
  Publisher publisher;

 private:
  void Run() {
    auto next = std::chrono::steady_clock::now();
    MutexLock lock(mutex_);
    while (!stopping_) {
      PushWhatChanged();
      // On a grid, so that the rate does not depend on the work; ticks that were missed are not made up for.
      next = std::max(next + config.push_interval, std::chrono::steady_clock::now());
      while (!stopping_ && wake_.wait_until(mutex_, next) == std::cv_status::no_timeout) {
      }
    }
    PushWhatChanged();
  }

  // What a tick loses for want of memory is sent with the series' next change or heartbeat.
  void PushWhatChanged() {
    try {
      for (EncodedBatch& batch : recorder.Collect()) publisher.Push(std::move(batch));
      if (publisher.HasNewsOfLosses()) publisher.Push({});
    } catch (const std::bad_alloc&) {
      losses.Add(Loss::kOutOfMemory, 1);
    }
  }

  Mutex lifecycle_mutex_;  // one Start() or Stop() at a time
  std::thread thread_ ABSL_GUARDED_BY(lifecycle_mutex_);
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

Agent::Agent(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Agent::~Agent() {
  Stop();
}

Result Agent::Connect(std::chrono::milliseconds timeout) noexcept {
  try {
    return ToResult(impl_->publisher.Probe(timeout));
  } catch (const std::exception& error) {
    return {false, error.what()};
  }
}

Result Agent::Start() noexcept {
  try {
    return ToResult(impl_->Start());
  } catch (const std::exception& error) {
    return {false, error.what()};
  }
}

void Agent::Stop(std::chrono::milliseconds timeout) noexcept {
  impl_->Stop(timeout);
}

void Agent::RecordGauge(std::string_view name, double value, const Labels& labels) noexcept {
  impl_->recorder.GetGauge(name, labels).Set(value);
}

void Agent::RecordCounter(std::string_view name, double delta, const Labels& labels) noexcept {
  impl_->recorder.GetCounter(name, labels).Add(delta);
}

void Agent::RecordHistogram(std::string_view name, double value, const Labels& labels) noexcept {
  impl_->recorder.GetHistogram(name, labels).Record(value);
}

Counter Agent::counter(std::string_view name, const Labels& labels) noexcept {
  return impl_->recorder.GetCounter(name, labels);
}

Gauge Agent::gauge(std::string_view name, const Labels& labels) noexcept {
  return impl_->recorder.GetGauge(name, labels);
}

Histogram Agent::histogram(std::string_view name, const Labels& labels) noexcept {
  return impl_->recorder.GetHistogram(name, labels);
}

SharedTotal Agent::shared_total(std::string_view name, const Labels& labels) noexcept {
  return impl_->recorder.GetSharedTotal(name, labels);
}

RequestTracker Agent::TrackRequest(const Labels& labels) noexcept {
  return impl_->recorder.TrackRequest(labels);
}

void Agent::RecordError(std::string_view type) noexcept {
  impl_->recorder.GetCounter("errors_total", {{"type", type}}).Add(1);
}

Stats Agent::stats() const {
  const PublisherStats publisher = impl_->publisher.stats();
  Stats stats;
  stats.sent = publisher.sent + publisher.taken_over;
  stats.acknowledged = publisher.confirmed + publisher.taken_over_confirmed;
  stats.rejected = publisher.rejected;
  stats.connected = publisher.connected;
  stats.last_error = ToResult(publisher.last_error).message;
  stats.unspooled = publisher.unspooled;
  stats.spool_error = ToResult(publisher.spool_error).message;
  impl_->losses.ForEach(
      [&](Loss loss, std::uint64_t count) { stats.dropped.emplace(LossName(loss), count); });
  return stats;
}

const std::string& Agent::service_name() const {
  return impl_->config.service_name;
}
const std::string& Agent::instance_id() const {
  return impl_->config.instance_id;
}

}  // namespace obs
