#include "agent/publisher.h"

#include <algorithm>
#include <random>
#include <system_error>
#include <utility>

#include "agent/client_log.h"
#include "agent/stream_probe.h"
#include "base/units.h"
#include "fmt/format.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

using std::chrono::nanoseconds;
using SteadyClock = std::chrono::steady_clock;

// Fields of TelemetryBatch and ProducerReport in telemetry.proto.
constexpr std::uint32_t kService = 1;
constexpr std::uint32_t kInstance = 2;
constexpr std::uint32_t kProducer = 6;
constexpr std::uint32_t kSequence = 7;
constexpr std::uint32_t kReport = 8;
constexpr std::uint32_t kReportSent = 1;
constexpr std::uint32_t kReportDropped = 2;

// Announcements go in messages of their own, no larger than this.
constexpr std::size_t kMaxAnnouncementBytes = 256 * 1024;
constexpr std::size_t kMaxReasons = 8;
// How long the aggregator may take to end a stream that we have ended.
constexpr auto kFarewell = std::chrono::milliseconds(500);

// Far enough for any wait, near enough for the clock.
SteadyClock::time_point After(nanoseconds timeout) {
  return SteadyClock::now() + std::min<nanoseconds>(timeout, std::chrono::hours(24 * 365));
}

std::string RandomProducerId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string EncodeIdentity(const PublisherOptions& options) {
  std::string out;
  AppendBytesField(out, kService, options.service);
  AppendBytesField(out, kInstance, options.instance);
  AppendBytesField(out, kProducer, RandomProducerId());
  return out;
}

bool IsKeyRefusal(absl::StatusCode code) {
  return code == absl::StatusCode::kUnauthenticated || code == absl::StatusCode::kPermissionDenied;
}

// The place N in "batch N of this stream: ...", as the aggregator names a batch it refuses. 0 if it does not.
std::uint64_t PlaceIn(absl::string_view message) {
  constexpr std::string_view kPrefix = "batch ";
  const std::string_view text(message.data(), message.size());
  std::uint64_t place = 0;
  if (!text.starts_with(kPrefix)) return 0;
  for (const char c : text.substr(kPrefix.size())) {
    if (c < '0' || c > '9') break;
    place = 10 * place + static_cast<std::uint64_t>(c - '0');
  }
  return place;
}

}  // namespace

Publisher::Publisher(PublisherOptions options, const SeriesCatalog& catalog, LossCounts& losses,
                     const Clock& clock)
    : options_(std::move(options)),
      identity_(EncodeIdentity(options_)),
      catalog_(catalog),
      losses_(losses),
      clock_(clock),
      outbox_(options_.max_samples, options_.max_bytes),
      backoff_(options_.backoff, options_.random) {}

Publisher::~Publisher() {
  Stop(nanoseconds(0));
}

absl::Status Publisher::Probe(nanoseconds timeout) const {
  return ProbeStream(options_.target, timeout);
}

absl::Status Publisher::Start() {
  if (thread_.joinable()) return absl::OkStatus();
  if (absl::Status status = CheckTarget(options_.target); !status.ok()) return status;
  {
    MutexLock lock(mutex_);
    stopping_ = hurry_ = false;
    last_error_ = absl::OkStatus();
  }
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(fmt::format("cannot start a thread: {}", error.what()));
  }
  return absl::OkStatus();
}

void Publisher::Stop(nanoseconds timeout) {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(mutex_);
    const auto deadline = After(timeout);
    const std::uint64_t failures = failures_;
    hurry_ = true;  // one more try, at once
    changed_.notify_all();
    while (!outbox_.empty() && failures_ == failures && !IsKeyRefused()) {
      if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
    }
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

// ---- Batches in ----

void Publisher::Push(EncodedBatch batch) {
  MutexLock lock(mutex_);
  const std::uint64_t dropped = outbox_.MakeRoomFor(batch.samples, batch.bytes.size());
  if (dropped != 0) losses_.Add(Loss::kBufferFull, dropped);
  Enqueue(std::move(batch));
}

bool Publisher::TryPush(EncodedBatch& batch) {
  MutexLock lock(mutex_);
  if (!outbox_.HasRoomFor(batch.samples, batch.bytes.size())) return false;
  Enqueue(std::move(batch));
  return true;
}

bool Publisher::WaitForRoom(const EncodedBatch& batch, nanoseconds timeout) {
  const auto deadline = After(timeout);
  MutexLock lock(mutex_);
  while (!outbox_.HasRoomFor(batch.samples, batch.bytes.size())) {
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) return false;
  }
  return true;
}

void Publisher::Enqueue(EncodedBatch batch) {
  sent_ += batch.samples;
  losses_told_ = losses_.Total();
  outbox_.Push({.sequence = ++sequence_,
                .samples = batch.samples,
                .samples_through = sent_,
                .ref_limit = batch.ref_limit,
                .body = std::make_shared<const std::string>(std::move(batch.bytes))});
  WriteNext();
}

// Made when the batch is written, so that the report holds what was lost while it waited.
std::string Publisher::EncodeHead(const OutboundBatch& batch) const {
  std::string report;
  AppendVarintField(report, kReportSent, batch.samples_through + losses_.Total() - losses_.InBatches());
  losses_.ForEach(
      [&](Loss loss, std::uint64_t count) { AppendMapField(report, kReportDropped, LossName(loss), count); });
  std::string head = identity_;
  AppendVarintField(head, kSequence, batch.sequence);
  AppendBytesField(head, kReport, report);
  return head;
}

absl::Status Publisher::WaitForAcks(nanoseconds timeout) {
  const auto deadline = After(timeout);
  MutexLock lock(mutex_);
  while (!outbox_.empty()) {
    if (IsKeyRefused()) return last_error_;
    if (changed_.wait_until(mutex_, deadline) != std::cv_status::timeout) continue;
    if (outbox_.empty()) break;
    if (!stream_.acknowledged && !last_error_.ok()) return last_error_;
    return absl::DeadlineExceededError(fmt::format("{} samples were not acknowledged by {} in time",
                                                   outbox_.samples(), options_.target.address));
  }
  return absl::OkStatus();
}

PublisherStats Publisher::stats() const {
  MutexLock lock(mutex_);
  return {.sent = sent_,
          .confirmed = confirmed_,
          .rejected = rejected_,
          .unconfirmed = outbox_.samples(),
          .connected = stream_.call != nullptr && stream_.open,
          .last_error = last_error_,
          .reasons = reasons_};
}

bool Publisher::HasNewsOfLosses() const {
  MutexLock lock(mutex_);
  return losses_.Total() != losses_told_;
}

// ---- Events of the stream ----

void Publisher::OnOpen() {
  MutexLock lock(mutex_);
  stream_.open = true;
  changed_.notify_all();
}

void Publisher::OnWritable() {
  MutexLock lock(mutex_);
  stream_.writable = true;
  WriteNext();
  if (stopping_) changed_.notify_all();
}

void Publisher::OnAck(const Ack& ack) {
  MutexLock lock(mutex_);
  stream_.open = true;
  stream_.acknowledged = true;
  stream_.progress_nanos = clock_.MonotonicNanos();
  std::uint64_t recovered = stream_.asking ? outbox_.SettleDoubtful(ack.sequence) : 0;
  stream_.asking = false;
  const Outbox::Confirmed confirmed = outbox_.Confirm(ack.sequence);
  recovered += confirmed.recovered;
  losses_.Recover(Loss::kBufferFull, recovered);
  confirmed_ += confirmed.samples + recovered;
  // A report has said that these were lost; the next one, of whatever batch, takes it back.
  if (recovered != 0 && outbox_.NextUnsent() == nullptr) Enqueue({});
  rejected_ += ack.rejected - std::min(ack.rejected, stream_.rejected);
  stream_.rejected = std::max(ack.rejected, stream_.rejected);
  KeepReasons(ack);
  backoff_.Reset();
  if (complained_of_ != absl::StatusCode::kOk) {
    ClientLog()->info("reached {} again", options_.target.address);
    complained_of_ = absl::StatusCode::kOk;
  }
  WriteNext();
  changed_.notify_all();
}

void Publisher::OnClosed(const StreamEnd& end) {
  MutexLock lock(mutex_);
  stream_.call = nullptr;
  stream_.end = end;
  changed_.notify_all();
}

void Publisher::KeepReasons(const Ack& ack) {
  for (; stream_.reasons < ack.reasons.size(); ++stream_.reasons) {
    if (reasons_.size() < kMaxReasons) reasons_.push_back(ack.reasons[stream_.reasons]);
  }
}

// ---- Streams, one after the other ----

void Publisher::Run() {
  for (;;) {
    const auto next = After(nanoseconds(RunStream()));
    MutexLock lock(mutex_);
    while (!stopping_ && !hurry_ && changed_.wait_until(mutex_, next) == std::cv_status::no_timeout) {
    }
    hurry_ = false;
    if (stopping_) return;
  }
}

std::int64_t Publisher::RunStream() {
  std::unique_ptr<PublishStream> call;  // destroyed after the lock is given up
  MutexLock lock(mutex_);
  if (stopping_) return 0;
  outbox_.Rewind();
  stream_ = {};
  stream_.asking = outbox_.IsInDoubt();
  stream_.progress_nanos = clock_.MonotonicNanos();
  call = PublishStream::Open(options_.target, *this);
  stream_.call = call.get();
  WriteNext();
  AwaitEnd();
  const std::int64_t delay = ReactTo(*stream_.end);
  changed_.notify_all();
  return delay;
}

void Publisher::AwaitEnd() {
  const nanoseconds check_interval(options_.ack_timeout_nanos / 4);
  while (!stream_.end && !stopping_) {
    changed_.wait_for(mutex_, check_interval);
    if (!stream_.end && IsStalled()) {
      stream_.stalled = true;
      stream_.call->Cancel();
    }
  }
  if (!stream_.end) Farewell();
}

void Publisher::Farewell() {
  const auto deadline = SteadyClock::now() + kFarewell;
  while (!stream_.end) {
    if (!stream_.open || !outbox_.empty()) {
      stream_.call->Cancel();
      while (!stream_.end) changed_.wait(mutex_);
    } else if (stream_.writable && !stream_.half_closed) {
      stream_.half_closed = true;
      stream_.call->HalfClose();
    } else if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout && !stream_.end) {
      stream_.call->Cancel();
      while (!stream_.end) changed_.wait(mutex_);
    }
  }
}

void Publisher::WriteNext() {
  if (stream_.call == nullptr || !stream_.writable || stream_.half_closed) return;
  std::string head = identity_;
  if (stream_.messages == 0) {
    AppendVarintField(head, kSequence, kGreetingSequence);
    Write(std::move(head), nullptr);
    return;
  }
  const OutboundBatch* const next = outbox_.NextUnsent();
  if (next == nullptr || stream_.asking) return;
  if (stream_.announced < next->ref_limit) {
    stream_.announced =
        catalog_.AppendAnnouncements(stream_.announced, next->ref_limit, kMaxAnnouncementBytes, head);
    Write(std::move(head), nullptr);
    return;
  }
  if (!outbox_.AwaitsConfirmation()) stream_.progress_nanos = clock_.MonotonicNanos();
  Write(EncodeHead(*next), next->body);
  outbox_.MarkSent(stream_.messages);
}

void Publisher::Write(std::string head, std::shared_ptr<const std::string> body) {
  stream_.writable = false;
  ++stream_.messages;
  stream_.call->Write(std::move(head), std::move(body));
}

bool Publisher::IsStalled() const {
  return (stream_.asking || outbox_.AwaitsConfirmation()) &&
         clock_.MonotonicNanos() - stream_.progress_nanos >= options_.ack_timeout_nanos;
}

bool Publisher::IsKeyRefused() const {
  return stream_.call == nullptr && IsKeyRefusal(last_error_.code());
}

std::int64_t Publisher::ReactTo(const StreamEnd& end) {
  if (stopping_) return 0;
  absl::Status error = end.status;
  if (stream_.stalled) {
    error = absl::DeadlineExceededError(
        fmt::format("no acknowledgement for {}", FormatDuration(options_.ack_timeout_nanos)));
  } else if (error.ok()) {
    error = absl::UnavailableError("the aggregator ended the stream");
  }
  if (!stream_.acknowledged) ++failures_;
  last_error_ = absl::Status(error.code(),
                             fmt::format("{}: {}", options_.target.address,
                                         std::string_view(error.message().data(), error.message().size())));
  Complain(last_error_);
  switch (error.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnimplemented: return backoff_.LongestDelayNanos();
    case absl::StatusCode::kResourceExhausted:
      if (!end.retry_after_nanos) DropCulprit(end.status, Loss::kTooLarge);
      break;
    case absl::StatusCode::kInvalidArgument: DropCulprit(end.status, Loss::kRefused); break;
    default: break;
  }
  return backoff_.NextDelayNanos(end.retry_after_nanos);
}

void Publisher::Complain(const absl::Status& error) {
  if (complained_of_ == error.code()) return;
  complained_of_ = error.code();
  ClientLog()->warn("cannot send to {}; going on trying",
                    std::string_view(error.message().data(), error.message().size()));
}

void Publisher::DropCulprit(const absl::Status& refusal, Loss loss) {
  std::uint64_t samples = outbox_.DropSentAt(PlaceIn(refusal.message()));
  if (samples == 0) samples = loss == Loss::kTooLarge ? outbox_.DropLargestSent() : outbox_.DropOldestSent();
  losses_.Add(loss, samples);
}

}  // namespace obs
