// Delivers batches to an aggregator until each is confirmed, and knows when to give up.
//
// With a spool, batches outlive this process there until they are confirmed, and what earlier ones left is
// delivered too.
//
// When the aggregator does not keep up, Push() waits; nothing is dropped. It gives up when the aggregator
// refuses the key, or does nothing for the time-out while there is nothing to do but wait: until the first
// batch is confirmed, when there is no more room, and at the end. In between it goes on trying.
//
// Thread safety: one thread, but GiveUpAfter() from any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/loss.h"
#include "agent/publisher.h"
#include "app/connection_watch.h"
#include "app/sample_router.h"
#include "base/clock.h"

namespace obs {

struct DeliveryOptions {
  std::string address;
  std::string api_key;
  std::int64_t timeout_nanos = 10 * kNanosPerSecond;         // 0: for ever
  std::string spool_directory = {};                          // empty: none
  std::uint64_t spool_limit_bytes = std::uint64_t{1} << 30;  // of each source
};

// Sums over all sources.
struct DeliveryStats {
  std::uint64_t confirmed = 0;
  std::uint64_t rejected = 0;
  std::uint64_t unconfirmed = 0;
  std::uint64_t unspooled = 0;             // of those, in memory alone, though there is a spool
  std::uint64_t taken_over = 0;            // found in the spool; apart from the others, but for `unconfirmed`
  std::uint64_t taken_over_confirmed = 0;  // of those
  std::uint64_t dropped = 0;               // refused as whole batches
  bool connected = true;                   // every one
  absl::Status last_error;
  absl::Status spool_error;          // why one of the spools cannot be written
  std::vector<std::string> reasons;  // of rejections, the first few
};

class Delivery {
 public:
  // How long a wait may last before `on_wait` is called.
  static constexpr std::int64_t kSliceNanos = 100 * kNanosPerMilli;

  // `on_wait` is called about every kSliceNanos while one of the methods waits.
  Delivery(DeliveryOptions options, const Clock& clock, std::function<void()> on_wait);

  // Begins to deliver what is in the spool. Errors: as the file system has them; FAILED_PRECONDITION if
  // another process has it open.
  absl::Status Start();

  // Errors: why it gave up, as UNAUTHENTICATED, PERMISSION_DENIED, UNAVAILABLE or DEADLINE_EXCEEDED;
  // INVALID_ARGUMENT for a key that cannot be sent. Then the batch is lost and no method is to be called but
  // stats().
  absl::Status Push(const SampleRouter::Source& source, EncodedBatch batch);

  // To be called now and then while there is nothing to push. Errors: as Push().
  absl::Status Check();

  // Waits until all is confirmed. Errors: as Push().
  absl::Status Finish();

  // Makes a wait that is under way by then, and all later ones, give up with CANCELLED. Any thread.
  void GiveUpAfter(std::int64_t nanos) { give_up_nanos_ = clock_.MonotonicNanos() + nanos; }

  DeliveryStats stats() const;

 private:
  struct Outlet {
    Outlet(PublisherOptions options, const SeriesCatalog& catalog, const Clock& clock,
           std::unique_ptr<Spool> spool);

    LossCounts losses;
    Publisher publisher;
  };
  using Identity = std::pair<std::string, std::string>;  // service, instance

  absl::StatusOr<std::unique_ptr<Outlet>> MakeOutlet(const Identity& identity, const SeriesCatalog& catalog);
  // Calls fn(Outlet) for each.
  template <typename Fn>
  void ForEachOutlet(Fn&& fn) const;
  absl::StatusOr<Publisher*> PublisherOf(const SampleRouter::Source& source);
  // OK as long as waiting makes sense.
  absl::Status CheckPatience(bool waiting);

  const DeliveryOptions options_;
  const Clock& clock_;
  const std::function<void()> on_wait_;
  const SeriesCatalog no_series_{0};
  // Of what is in the spool, while its source sends nothing new.
  std::map<Identity, std::unique_ptr<Outlet>> leftovers_;
  std::map<std::size_t, std::unique_ptr<Outlet>> outlets_;  // by source; one without samples has none
  std::atomic<std::int64_t> give_up_nanos_{std::numeric_limits<std::int64_t>::max()};  // monotonic time
  std::uint64_t confirmed_seen_ = 0;
  std::int64_t
      patient_since_nanos_;  // monotonic time of the last progress, or since there was nothing to wait for
};

}  // namespace obs
