#include "agent/publisher.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "agent/producer_id.h"
#include "agent/stream_probe.h"
#include "fmt/format.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

using std::chrono::nanoseconds;
using SteadyClock = std::chrono::steady_clock;

// Fields of TelemetryBatch in telemetry.proto.
constexpr std::uint32_t kService = 1;
constexpr std::uint32_t kInstance = 2;
constexpr std::uint32_t kProducer = 6;

// Far enough for any wait, near enough for the clock.
SteadyClock::time_point After(nanoseconds timeout) {
  return SteadyClock::now() + std::min<nanoseconds>(timeout, std::chrono::hours(24 * 365));
}

std::string EncodeIdentity(const PublisherOptions& options, const Spool* spool) {
  std::string out;
  AppendBytesField(out, kService, options.service);
  AppendBytesField(out, kInstance, options.instance);
  AppendBytesField(out, kProducer, spool != nullptr ? spool->producer() : RandomProducerId());
  return out;
}

}  // namespace

Publisher::Publisher(PublisherOptions options, const SeriesCatalog& catalog, LossCounts& losses,
                     const Clock& clock, std::unique_ptr<Spool> spool)
    : options_(std::move(options)),
      spool_(std::move(spool)),
      identity_(EncodeIdentity(options_, spool_.get())),
      catalog_(catalog),
      losses_(losses),
      clock_(clock),
      outbox_(options_.max_samples, options_.max_bytes),
      backoff_(options_.backoff, options_.random) {
  if (spool_ == nullptr) return;
  const Spool::Found& found = spool_->found();
  for (std::size_t i = 0; i < kLossCount; ++i) earlier_losses_.Add(static_cast<Loss>(i), found.dropped[i]);
  backlog_ = {.batches = found.batches,
              .samples = found.samples,
              .first_record = found.first_record,
              .last_record = found.last_record};
  is_unsure_ = found.batches != 0;
  sequence_ = std::max(sequence_, found.sequence);
  through_ = found.samples_through;
}

Publisher::~Publisher() {
  Stop(nanoseconds(0));
}

absl::Status Publisher::Probe(nanoseconds timeout) const {
  return ProbeStream(options_.target, timeout);
}

absl::Status Publisher::Start() {
  if (thread_.joinable()) return absl::OkStatus();
  if (absl::Status status = CheckTarget(options_.target); !status.ok()) return status;
  if (spool_ != nullptr) {
    const auto losses = [this] { return Losses(); };
    if (absl::Status status = spool_->Start(catalog_, losses, *this); !status.ok()) return status;
  }
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
    while (HasUnconfirmed() && failures_ == failures && !IsKeyRefused()) {
      if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
    }
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
  if (spool_ != nullptr) spool_->Stop();  // from now on it is known what is in it
}

// ---- Batches in ----

void Publisher::Push(EncodedBatch batch) {
  MutexLock lock(mutex_);
  Enqueue(std::move(batch));
}

bool Publisher::TryPush(EncodedBatch& batch) {
  MutexLock lock(mutex_);
  if (!HasRoomFor(batch.samples, batch.bytes.size())) return false;
  Enqueue(std::move(batch));
  return true;
}

bool Publisher::WaitForRoom(const EncodedBatch& batch, nanoseconds timeout) {
  const auto deadline = After(timeout);
  MutexLock lock(mutex_);
  while (!HasRoomFor(batch.samples, batch.bytes.size())) {
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) return false;
  }
  return true;
}

bool Publisher::HasRoomFor(std::uint64_t samples, std::size_t bytes) const {
  if (backlog_.batches == 0 && outbox_.HasRoomFor(samples, bytes)) return true;
  return spool_ != nullptr && spool_->HasRoomFor(bytes);
}

void Publisher::Enqueue(EncodedBatch batch) {
  const std::uint64_t samples = batch.samples;
  const std::size_t bytes = batch.bytes.size();
  sent_ += samples;
  through_ += samples;
  losses_told_ = losses_.Total();
  OutboundBatch out{.sequence = ++sequence_,
                    .samples = samples,
                    .samples_through = through_,
                    .ref_limit = batch.ref_limit,
                    .body = std::make_shared<const std::string>(std::move(batch.bytes))};
  if (spool_ != nullptr) out.record = spool_->Append(out);
  last_record_ = std::max(last_record_, out.record);
  if (out.record != 0 && (backlog_.batches != 0 || !outbox_.HasRoomFor(samples, bytes))) {
    backlog_.Add(out);
  } else if (backlog_.batches != 0) {
    losses_.Add(Loss::kBufferFull, samples);  // the disk fails, and memory is for what comes before it
  } else {
    const std::uint64_t dropped = outbox_.MakeRoomFor(samples, bytes);
    if (dropped != 0) losses_.Add(Loss::kBufferFull, dropped);
    outbox_.Push(std::move(out));
  }
  WriteNext();
}

LossTotals Publisher::Losses() const {
  LossTotals totals;
  for (std::size_t i = 0; i < kLossCount; ++i) {
    totals[i] = losses_.Get(static_cast<Loss>(i)) + earlier_losses_.Get(static_cast<Loss>(i));
  }
  return totals;
}

absl::Status Publisher::WaitForAcks(nanoseconds timeout) {
  const auto deadline = After(timeout);
  MutexLock lock(mutex_);
  while (HasUnconfirmed()) {
    if (IsKeyRefused()) return last_error_;
    if (changed_.wait_until(mutex_, deadline) != std::cv_status::timeout) continue;
    if (!HasUnconfirmed()) break;
    if (!stream_.acknowledged && !last_error_.ok()) return last_error_;
    return absl::DeadlineExceededError(fmt::format("{} samples were not acknowledged by {} in time",
                                                   Unconfirmed(), options_.target.address));
  }
  return absl::OkStatus();
}

PublisherStats Publisher::stats() const {
  MutexLock lock(mutex_);
  return {.sent = sent_,
          .confirmed = confirmed_,
          .rejected = rejected_,
          .unconfirmed = Unconfirmed(),
          .unspooled = spool_ != nullptr ? outbox_.SamplesBeyond(spool_->written()) : 0,
          .taken_over = spool_ != nullptr ? spool_->found().samples : 0,
          .taken_over_confirmed = taken_over_confirmed_,
          .connected = stream_.call != nullptr && stream_.open,
          .last_error = last_error_,
          .spool_error = spool_ != nullptr ? spool_->health() : absl::OkStatus(),
          .reasons = reasons_};
}

bool Publisher::HasNewsOfLosses() const {
  MutexLock lock(mutex_);
  return losses_.Total() != losses_told_;
}

}  // namespace obs
