#include "app/delivery.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/units.h"
#include "fmt/format.h"

namespace obs {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kConnectTimeoutNanos = 5 * kNanosPerSecond;
// Somebody waits for it.
constexpr std::int64_t kMaxBackoffNanos = 2 * kNanosPerSecond;

// Waiting does not change these.
bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) || absl::IsUnimplemented(status);
}

}  // namespace

Delivery::Outlet::Outlet(PublisherOptions options, const SeriesCatalog& catalog, const Clock& clock)
    : publisher(std::move(options), catalog, losses, clock) {}

Delivery::Delivery(DeliveryOptions options, const Clock& clock, std::function<void()> on_wait)
    : options_(std::move(options)),
      clock_(clock),
      on_wait_(std::move(on_wait)),
      patient_since_nanos_(clock.MonotonicNanos()) {}

absl::Status Delivery::Push(const SampleRouter::Source& source, EncodedBatch batch) {
  const auto publisher = PublisherOf(source);
  if (!publisher.ok()) return publisher.status();
  if (confirmed_seen_ == 0 && stats().unconfirmed == 0) patient_since_nanos_ = clock_.MonotonicNanos();
  bool waiting = false;
  while (!(*publisher)->TryPush(batch)) {
    if (!std::exchange(waiting, true)) patient_since_nanos_ = clock_.MonotonicNanos();
    if (auto status = CheckPatience(true); !status.ok()) return status;
    if (!(*publisher)->WaitForRoom(batch, nanoseconds(kSliceNanos))) on_wait_();
  }
  return absl::OkStatus();
}

absl::Status Delivery::Check() {
  return CheckPatience(false);
}

absl::Status Delivery::Finish() {
  patient_since_nanos_ = clock_.MonotonicNanos();
  for (auto& [source, outlet] : outlets_) {
    while (!outlet.publisher.WaitForAcks(nanoseconds(kSliceNanos)).ok()) {
      if (auto status = CheckPatience(true); !status.ok()) return status;
      on_wait_();
    }
  }
  for (auto& [source, outlet] : outlets_) outlet.publisher.Stop(nanoseconds(kSliceNanos));
  return absl::OkStatus();
}

DeliveryStats Delivery::stats() const {
  DeliveryStats sum;
  for (const auto& [source, outlet] : outlets_) {
    PublisherStats stats = outlet.publisher.stats();
    sum.confirmed += stats.confirmed;
    sum.rejected += stats.rejected;
    sum.unconfirmed += stats.unconfirmed;
    sum.dropped += outlet.losses.Total();
    sum.connected = sum.connected && stats.connected;
    if (!stats.connected && !stats.last_error.ok()) sum.last_error = std::move(stats.last_error);
    std::move(stats.reasons.begin(), stats.reasons.end(), std::back_inserter(sum.reasons));
  }
  return sum;
}

absl::StatusOr<Publisher*> Delivery::PublisherOf(const SampleRouter::Source& source) {
  auto found = outlets_.find(source.index);
  if (found == outlets_.end()) {
    PublisherOptions options;
    options.service = source.service;
    options.instance = source.instance;
    options.target.address = options_.address;
    options.target.api_key = options_.api_key;
    options.target.connect_timeout_nanos = kConnectTimeoutNanos;
    options.backoff.max_nanos = kMaxBackoffNanos;
    found = outlets_.try_emplace(source.index, std::move(options), source.catalog, clock_).first;
    if (auto status = found->second.publisher.Start(); !status.ok()) return status;
  }
  return &found->second.publisher;
}

absl::Status Delivery::CheckPatience(bool waiting) {
  const std::int64_t now = clock_.MonotonicNanos();
  if (now >= give_up_nanos_) return absl::CancelledError("interrupted");
  const DeliveryStats now_stats = stats();
  if (IsRefusal(now_stats.last_error)) return now_stats.last_error;
  if (std::exchange(confirmed_seen_, now_stats.confirmed) != now_stats.confirmed ||
      now_stats.unconfirmed == 0) {
    patient_since_nanos_ = now;
  }
  const bool matters = waiting || confirmed_seen_ == 0;
  if (!matters || options_.timeout_nanos == 0 || now - patient_since_nanos_ < options_.timeout_nanos) {
    return absl::OkStatus();
  }
  const absl::string_view error = now_stats.last_error.message();
  const std::string_view why = WithoutAddress({error.data(), error.size()}, options_.address);
  return absl::DeadlineExceededError(fmt::format("gave up on {}: nothing was confirmed within {}{}{}",
                                                 options_.address, FormatDuration(options_.timeout_nanos),
                                                 why.empty() ? "" : ": ", why));
}

}  // namespace obs
