// The publisher's streams, one after the other: what goes out on them, what comes back, and when the next
// begins.
#include <algorithm>
#include <utility>

#include "agent/client_log.h"
#include "agent/publisher.h"
#include "base/units.h"
#include "fmt/format.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

using std::chrono::nanoseconds;
using SteadyClock = std::chrono::steady_clock;

// Fields of TelemetryBatch and ProducerReport in telemetry.proto.
constexpr std::uint32_t kSequence = 7;
constexpr std::uint32_t kReport = 8;
constexpr std::uint32_t kReportSent = 1;
constexpr std::uint32_t kReportDropped = 2;

// Announcements go in messages of their own, no larger than this.
constexpr std::size_t kMaxAnnouncementBytes = 256 * 1024;
constexpr std::size_t kMaxReasons = 8;
// How long the aggregator may take to end a stream that we have ended.
constexpr auto kFarewell = std::chrono::milliseconds(500);

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
  if (spool_ != nullptr) {
    const Outbox::Confirmed earlier = outbox_.Confirm(std::min(ack.sequence, spool_->found().sequence));
    taken_over_confirmed_ += earlier.samples;
    recovered += earlier.recovered;
  }
  const Outbox::Confirmed confirmed = outbox_.Confirm(ack.sequence);
  recovered += confirmed.recovered;
  losses_.Recover(Loss::kBufferFull, recovered);
  confirmed_ += confirmed.samples + recovered;
  acknowledged_ = std::max(acknowledged_, ack.sequence);
  is_unsure_ = false;
  TellSpool();
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

// Made when the batch is written, so that the report holds what was lost while it waited.
std::string Publisher::EncodeHead(const OutboundBatch& batch) const {
  std::string report;
  const std::uint64_t never_in_batches =
      losses_.Total() - losses_.InBatches() + earlier_losses_.Total() - earlier_losses_.InBatches();
  AppendVarintField(report, kReportSent, batch.samples_through + never_in_batches);
  const LossTotals losses = Losses();
  for (std::size_t i = 0; i < kLossCount; ++i) {
    if (losses[i] != 0) AppendMapField(report, kReportDropped, LossName(static_cast<Loss>(i)), losses[i]);
  }
  std::string head = identity_;
  AppendVarintField(head, kSequence, batch.sequence);
  AppendBytesField(head, kReport, report);
  return head;
}

// ---- Streams, one after the other ----

void Publisher::Run() {
  for (;;) {
    const nanoseconds delay(RunStream());
    const auto next = SteadyClock::now() + delay;
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
  stream_.asking = outbox_.IsInDoubt() || is_unsure_;
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
    if (Refill()) continue;
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
    if (!stream_.open || HasUnconfirmed()) {
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
  if (next->record != 0 && !spool_->IsSafe(next->record)) return;
  const SeriesCatalog& catalog = next->catalog != nullptr ? *next->catalog : catalog_;
  if (std::exchange(stream_.catalog, &catalog) != &catalog) stream_.announced = 0;  // refs take new meanings
  if (stream_.announced < next->ref_limit) {
    stream_.announced =
        catalog.AppendAnnouncements(stream_.announced, next->ref_limit, kMaxAnnouncementBytes, head);
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
  auto culprit = outbox_.DropSentAt(PlaceIn(refusal.message()));
  if (!culprit) culprit = loss == Loss::kTooLarge ? outbox_.DropLargestSent() : outbox_.DropOldestSent();
  if (!culprit) return;
  losses_.Add(loss, culprit->samples);
  if (spool_ != nullptr) spool_->Settle(culprit->sequence);
  TellSpool();
}

}  // namespace obs
