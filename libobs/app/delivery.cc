#include "app/delivery.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <tuple>
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

Delivery::Outlet::Outlet(PublisherOptions options, const SeriesCatalog& catalog, const Clock& clock,
                         std::unique_ptr<Spool> spool)
    : publisher(std::move(options), catalog, losses, clock, std::move(spool)) {}

Delivery::Delivery(DeliveryOptions options, const Clock& clock, std::function<void()> on_wait)
    : options_(std::move(options)),
      clock_(clock),
      on_wait_(std::move(on_wait)),
      patient_since_nanos_(clock.MonotonicNanos()) {}

absl::Status Delivery::Start() {
  if (options_.spool_directory.empty()) return absl::OkStatus();
  auto spools = ListSpools(options_.spool_directory, FileSystem::System());
  if (!spools.ok()) return spools.status();
  for (Identity& identity : *spools) {
    auto outlet = MakeOutlet(identity, no_series_);
    if (!outlet.ok()) return outlet.status();
    leftovers_.emplace(std::move(identity), *std::move(outlet));
  }
  return absl::OkStatus();
}

template <typename Fn>
void Delivery::ForEachOutlet(Fn&& fn) const {
  for (const auto& [identity, outlet] : leftovers_) fn(*outlet);
  for (const auto& [source, outlet] : outlets_) fn(*outlet);
}

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
  absl::Status status;
  ForEachOutlet([&](Outlet& outlet) {
    while (status.ok() && !outlet.publisher.WaitForAcks(nanoseconds(kSliceNanos)).ok()) {
      status = CheckPatience(true);
      if (status.ok()) on_wait_();
    }
  });
  if (!status.ok()) return status;
  ForEachOutlet([](Outlet& outlet) { outlet.publisher.Stop(nanoseconds(kSliceNanos)); });
  return absl::OkStatus();
}

DeliveryStats Delivery::stats() const {
  DeliveryStats sum;
  ForEachOutlet([&sum](const Outlet& outlet) {
    PublisherStats stats = outlet.publisher.stats();
    sum.confirmed += stats.confirmed;
    sum.rejected += stats.rejected;
    sum.unconfirmed += stats.unconfirmed;
    sum.unspooled += stats.unspooled;
    if (!stats.spool_error.ok()) sum.spool_error = stats.spool_error;
    sum.taken_over += stats.taken_over;
    sum.taken_over_confirmed += stats.taken_over_confirmed;
    sum.dropped += outlet.losses.Total();
    sum.connected = sum.connected && stats.connected;
    if (!stats.connected && !stats.last_error.ok()) sum.last_error = std::move(stats.last_error);
    std::move(stats.reasons.begin(), stats.reasons.end(), std::back_inserter(sum.reasons));
  });
  return sum;
}

absl::StatusOr<Publisher*> Delivery::PublisherOf(const SampleRouter::Source& source) {
  auto found = outlets_.find(source.index);
  if (found == outlets_.end()) {
    const Identity identity(source.service, source.instance);
    leftovers_.erase(identity);  // what it has not delivered, this one takes over
    auto made = MakeOutlet(identity, source.catalog);
    if (!made.ok()) return made.status();
    found = outlets_.emplace(source.index, *std::move(made)).first;
  }
  return &found->second->publisher;
}

absl::StatusOr<std::unique_ptr<Delivery::Outlet>> Delivery::MakeOutlet(const Identity& identity,
                                                                       const SeriesCatalog& catalog) {
  PublisherOptions options;
  std::tie(options.service, options.instance) = identity;
  options.target.address = options_.address;
  options.target.api_key = options_.api_key;
  options.target.connect_timeout_nanos = kConnectTimeoutNanos;
  options.backoff.max_nanos = kMaxBackoffNanos;
  absl::StatusOr<std::unique_ptr<Spool>> spool = nullptr;
  if (!options_.spool_directory.empty()) {
    SpoolOptions spool_options;
    spool_options.directory = SpoolDirectory(options_.spool_directory, identity.first, identity.second);
    spool_options.limit_bytes = std::max(options_.spool_limit_bytes, kMinSpoolBytes);
    spool_options.drop_oldest = false;
    spool = Spool::Open(spool_options, identity.first, identity.second, FileSystem::System());
    if (!spool.ok()) return spool.status();
  }
  auto outlet = std::make_unique<Outlet>(std::move(options), catalog, clock_, *std::move(spool));
  if (auto status = outlet->publisher.Start(); !status.ok()) return status;
  return outlet;
}

absl::Status Delivery::CheckPatience(bool waiting) {
  const std::int64_t now = clock_.MonotonicNanos();
  if (now >= give_up_nanos_) return absl::CancelledError("interrupted");
  const DeliveryStats now_stats = stats();
  if (IsRefusal(now_stats.last_error)) return now_stats.last_error;
  const std::uint64_t confirmed = now_stats.confirmed + now_stats.taken_over_confirmed;
  if (std::exchange(confirmed_seen_, confirmed) != confirmed || now_stats.unconfirmed == 0) {
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
