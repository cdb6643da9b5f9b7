// The page that Prometheus scrapes, in its text format 0.0.4: every ingested series that has not expired,
// under its own name made valid, with the labels service and instance before its own.
//
// A series' own label named service or instance becomes exported_service or exported_instance, le and
// quantile likewise. Series that would make the page ambiguous are left out, counted and listed: a name that
// is one of our own metrics, that clashes with another metric's once made valid or with a histogram's
// _bucket, _sum or _count, a second kind under one name, and labels that become those of another series. What
// is on the page stays there when something that clashes with it comes.
//
// Thread safety: any thread; scrapes run side by side. The text of labels is kept from scrape to scrape and
// made anew when series come or go.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "buffer/store.h"
#include "export/exposition_plan.h"

namespace obs {

struct ExpositionStats {
  std::uint64_t scrapes = 0;
  double last_scrape_seconds = 0;
  std::size_t last_scrape_bytes = 0;
  std::size_t quarantined_series = 0;
  std::vector<QuarantinedMetric> quarantined;  // by name; at most Quarantine::kMaxListed
};

class Exposition {
 public:
  // `is_own`: true for the names of the aggregator's own metrics, which its caller adds to the page; suffixed
  // ones such as NAME_sum included. `store` outlives this.
  Exposition(const Store& store, std::function<bool(std::string_view)> is_own,
             const Clock& clock = Clock::System());

  // The page; ends in a line feed unless empty.
  std::string Write();

  // What is quarantined is of now, the rest of the newest scrape.
  ExpositionStats Stats() const;

 private:
  std::shared_ptr<const ExpositionPlan> CurrentPlan() const;

  const Store& store_;
  const std::function<bool(std::string_view)> is_own_;
  const Clock& clock_;

  mutable Mutex mutex_;  // held while a plan is built: others then wait for it instead of building their own
  mutable std::shared_ptr<const ExpositionPlan> plan_ ABSL_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> scrapes_{0};
  std::atomic<std::int64_t> last_scrape_ns_{0};
  std::atomic<std::size_t> last_scrape_bytes_{0};
};

}  // namespace obs
