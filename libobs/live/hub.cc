#include "live/hub.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/mutex.h"
#include "base/thread_slice.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "fmt/format.h"
#include "http/upgrade.h"
#include "live/broadcaster.h"
#include "live/frame_senders.h"
#include "live/origin.h"
#include "live/subscription.h"
#include "live/tick_meter.h"
#include "live/watch_key.h"
#include "nlohmann/json.hpp"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t kTicksPerSecond = kMaxLiveRateHz;
constexpr std::uint64_t kTicksPerSweep = 15;
constexpr std::int64_t kTickSliceNs = kNanosPerMilli / 10;  // the shortest there is

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

std::string ErrorMessage(std::string_view message) {
  return nlohmann::json{{"error", message}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string_view SessionEndName(SessionEnd end) {
  switch (end) {
    case SessionEnd::kPeer: return "peer";
    case SessionEnd::kProtocol: return "protocol";
    case SessionEnd::kStalled: return "stalled";
    case SessionEnd::kUnresponsive: return "unresponsive";
    case SessionEnd::kMemory: return "memory";
    case SessionEnd::kShutdown: return "shutdown";
  }
  return "unknown";
}

class Hub::Impl final : public SessionEvents {
 public:
  Impl(HubOptions options, Store& store, const Clock& clock)
      : options_(std::move(options)),
        clock_(clock),
        io_(/*concurrency_hint=*/1),
        work_(asio::make_work_guard(io_)),
        timer_(io_),
        broadcaster_(store, clock, options_.max_frame_bytes) {}

  void Start() {
    if (!options_.manual_ticks) {
      first_tick_ns_ = clock_.MonotonicNanos();
      ScheduleTick();
    }
    thread_ = std::thread([this] {
      RequestShortSlice(kTickSliceNs);
      io_.run();
    });
  }

  void Stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    asio::post(io_, [this] {
      for (const auto& [session, kept] : sessions_) session->ShutDown();
    });
    {
      const MutexLock lock(mutex_);
      const auto timeout = std::chrono::nanoseconds(options_.session.close_timeout_ns);
      all_ended_.wait_for(mutex_, timeout, [this] { return session_count_ == 0; });
    }
    io_.stop();
    thread_.join();
    senders_.Stop();
  }

  std::optional<HttpResponse> Upgrade(UpgradeRequest& upgrade);

  LiveStats stats() const;

  void TickForTest() {
    std::promise<void> done;
    asio::post(io_, [&] {
      Tick(clock_.MonotonicNanos());
      Sweep();
      done.set_value();
    });
    done.get_future().wait();
    senders_.Drain();
  }

  // ---- SessionEvents ----

  void OnOpen(LiveSession& session) override {
    broadcaster_.Subscribe(session, sessions_[&session].subscription);
  }

  std::string OnMessage(LiveSession& session, std::string_view text) override {
    Subscription& current = sessions_[&session].subscription;
    auto wanted = SubscriptionFromMessage(text, current);
    if (!wanted.ok()) {
      ++bad_messages_;
      return ErrorMessage(MessageOf(wanted.status()));
    }
    current = *std::move(wanted);
    broadcaster_.Subscribe(session, current);
    return "";
  }

  void OnEnd(LiveSession& session, SessionEnd reason) override {
    spdlog::debug("watcher left: {}", SessionEndName(reason));
    ++ended_[static_cast<std::size_t>(reason)];
    broadcaster_.Unsubscribe(session);
    sessions_.erase(&session);
    const MutexLock lock(mutex_);
    if (--session_count_ == 0) all_ended_.notify_all();
  }

 private:
  struct Watcher {
    std::shared_ptr<LiveSession> session;
    Subscription subscription;
  };

  // Refuses, or returns what the watcher wants. HTTP server's threads.
  std::optional<HttpResponse> Check(const UpgradeRequest& upgrade, Subscription* subscription);

  void Adopt(UpgradeRequest upgrade, Subscription subscription) {
    const std::string subprotocol(OffersLiveSubprotocol(upgrade.request) ? kLiveSubprotocol : "");
    const auto session =
        LiveSession::Create(std::move(upgrade), subprotocol, options_.session, senders_, *this, clock_);
    sessions_[session.get()] = {session, std::move(subscription)};
    session->Start();
    if (stopping_) session->ShutDown();
  }

  std::int64_t TickTime(std::int64_t number) const {
    return first_tick_ns_ + number * kNanosPerSecond / kTicksPerSecond;
  }

  // Ticks keep to a grid, so lateness does not add up. One that is overtaken by the next is left out.
  void ScheduleTick() {
    timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(TickTime(next_tick_))));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      const std::int64_t due_ns = TickTime(next_tick_);
      const std::int64_t began_ns = clock_.MonotonicNanos();
      lateness_.Record(due_ns, began_ns - due_ns);
      Tick(due_ns);
      duration_.Record(due_ns, clock_.MonotonicNanos() - began_ns);
      if (next_tick_ % kTicksPerSweep == 0) Sweep();
      const std::int64_t now_ns = clock_.MonotonicNanos();
      while (TickTime(++next_tick_) + kNanosPerSecond / kTicksPerSecond <= now_ns) ++ticks_missed_;
      ScheduleTick();
    });
  }

  void Tick(std::int64_t tick_ns) {
    broadcaster_.Tick(tick_ns);
    ++ticks_;
    const MutexLock lock(mutex_);
    published_.counts = broadcaster_.counts();
    published_.groups = broadcaster_.group_count();
    published_.watched_series = broadcaster_.watched_series();
    published_.frame_bytes = broadcaster_.frame_bytes();
  }

  void Sweep() {
    std::vector<std::shared_ptr<LiveSession>> sessions;  // they may leave while being looked after
    sessions.reserve(sessions_.size());
    for (const auto& [session, watcher] : sessions_) sessions.push_back(watcher.session);
    for (const auto& session : sessions) session->Sweep();
  }

  const HubOptions options_;
  const Clock& clock_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  FrameSenders senders_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  // The hub's thread.
  asio::steady_timer timer_;
  Broadcaster broadcaster_;
  absl::flat_hash_map<LiveSession*, Watcher> sessions_;
  std::int64_t first_tick_ns_ = 0;
  std::int64_t next_tick_ = 0;

  // Any thread.
  std::atomic<std::uint64_t> ticks_{0};
  std::atomic<std::uint64_t> ticks_missed_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> rejected_origin_{0};
  std::atomic<std::uint64_t> rejected_key_{0};
  std::atomic<std::uint64_t> rejected_request_{0};
  std::atomic<std::uint64_t> rejected_limit_{0};
  std::atomic<std::uint64_t> bad_messages_{0};
  std::array<std::atomic<std::uint64_t>, kSessionEnds> ended_{};
  TickMeter lateness_;
  TickMeter duration_;
  mutable Mutex mutex_;
  CondVar all_ended_;
  std::size_t session_count_ ABSL_GUARDED_BY(mutex_) = 0;  // those on their way to the hub's thread too
  struct {
    Broadcaster::Counts counts;
    std::size_t groups = 0, watched_series = 0, frame_bytes = 0;
  } published_ ABSL_GUARDED_BY(mutex_);
};

std::optional<HttpResponse> Hub::Impl::Check(const UpgradeRequest& upgrade, Subscription* subscription) {
  const HttpRequest& request = upgrade.request;
  if (const std::string* origin = request.Header("Origin")) {
    const std::string* const host = request.Header("Host");
    if (!OriginAllowed(*origin, host == nullptr ? "" : *host, options_.allow_origins)) {
      ++rejected_origin_;
      return HttpResponse::Error(403,
                                 fmt::format("pages from {} may not watch; see --allow-origin", *origin));
    }
  }
  if (options_.authorize) {
    const absl::Status status = options_.authorize(PresentedWatchKey(request));
    if (!status.ok()) {
      ++rejected_key_;
      return HttpResponse::Error(absl::IsPermissionDenied(status) ? 403 : 401, MessageOf(status));
    }
  }
  auto wanted = SubscriptionFromQuery(request.query);
  if (!wanted.ok()) {
    ++rejected_request_;
    return HttpResponse::Error(400, MessageOf(wanted.status()));
  }
  if (!upgrade.leftover.empty()) {
    ++rejected_request_;
    return HttpResponse::Error(400, "data before the handshake was answered");
  }
  *subscription = *std::move(wanted);
  return std::nullopt;
}

std::optional<HttpResponse> Hub::Impl::Upgrade(UpgradeRequest& upgrade) {
  Subscription subscription;
  if (auto refusal = Check(upgrade, &subscription)) return refusal;
  if (stopping_) return HttpResponse::Error(503, "the server is stopping");
  {
    const MutexLock lock(mutex_);
    if (session_count_ >= options_.max_sessions) {
      ++rejected_limit_;
      return HttpResponse::Error(
          503, fmt::format("{} watchers are connected; no more are allowed", session_count_));
    }
    ++session_count_;
  }
  auto socket = MoveSocket(std::move(upgrade.socket), io_.get_executor());
  if (!socket.ok()) {
    const MutexLock lock(mutex_);
    --session_count_;
    return std::nullopt;  // it is gone
  }
  ++accepted_;
  upgrade.socket = *std::move(socket);
  asio::post(io_, [this, moved = std::move(upgrade), wanted = std::move(subscription)]() mutable {
    Adopt(std::move(moved), std::move(wanted));
  });
  return std::nullopt;
}

LiveStats Hub::Impl::stats() const {
  LiveStats out;
  {
    const MutexLock lock(mutex_);
    out.watchers = session_count_;
    out.groups = published_.groups;
    out.watched_series = published_.watched_series;
    out.frame_bytes = published_.frame_bytes;
    out.frames_sent = published_.counts.frames_sent;
    out.frames_skipped = published_.counts.frames_skipped;
    out.bytes_sent = published_.counts.bytes_sent;
  }
  out.watchers_accepted = accepted_;
  std::copy(ended_.begin(), ended_.end(), out.watchers_ended.begin());
  out.rejected_origin = rejected_origin_;
  out.rejected_key = rejected_key_;
  out.rejected_request = rejected_request_;
  out.rejected_limit = rejected_limit_;
  out.bad_messages = bad_messages_;
  out.ticks = ticks_;
  out.ticks_missed = ticks_missed_;
  const TickMeter::Times lateness = lateness_.Read();
  out.tick_lateness_p50_seconds = lateness.p50_seconds;
  out.tick_lateness_p99_seconds = lateness.p99_seconds;
  out.tick_lateness_max_seconds = lateness.max_seconds;
  const TickMeter::Times duration = duration_.Read();
  out.tick_duration_p50_seconds = duration.p50_seconds;
  out.tick_duration_p99_seconds = duration.p99_seconds;
  out.tick_duration_max_seconds = duration.max_seconds;
  return out;
}

Hub::Hub(HubOptions options, Store& store, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), store, clock)) {}
Hub::~Hub() {
  Stop();
}
void Hub::Start() {
  impl_->Start();
}
std::optional<HttpResponse> Hub::Upgrade(UpgradeRequest& upgrade) {
  return impl_->Upgrade(upgrade);
}
LiveStats Hub::stats() const {
  return impl_->stats();
}
void Hub::Stop() {
  impl_->Stop();
}
void Hub::TickForTest() {
  impl_->TickForTest();
}

}  // namespace obs
