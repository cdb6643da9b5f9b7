// From parsed samples to batches: finds each sample's series and puts it into the batch of whom it is from.
//
// No I/O and no clock, so that it can be tested and measured by itself. The usual path is one hash look-up by
// the series' text as it was written.
//
// Thread safety: one thread; the catalogs may be read by others.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/series_catalog.h"
#include "model/label_set.h"
#include "wire/batch_writer.h"
#include "wire/parsed_sample.h"

namespace obs {

class SampleRouter {
 public:
  // Bounds on what one input can make this program hold.
  static constexpr std::size_t kMaxSources = 256;
  static constexpr std::size_t kMaxSeriesPerSource = 1'000'000;
  // A batch this large is ready to go: enough that what a batch costs does not show.
  static constexpr std::size_t kFullBatchSamples = 10'000;
  static constexpr std::size_t kFullBatchBytes = 1'000'000;

  // Who samples are from.
  struct Source {
    std::string service;
    std::string instance;
    SeriesCatalog catalog{kMaxSeriesPerSource};
    std::size_t index = 0;  // counted up from 0, in order of first appearance
  };

  // Takes over each batch. The source lives as long as the router.
  using TakeBatch = std::function<void(const Source& source, EncodedBatch batch)>;

  // `service` and `instance`: of samples that do not say. `labels`: added to every series that lacks them.
  SampleRouter(std::string service, std::string instance, LabelSet labels, TakeBatch take_batch);

  // Adds `sample` to its source's batch, and hands that out once it is full. `now_nanos`: the timestamp of
  // samples without one. Errors: INVALID_ARGUMENT for a series that is not valid, RESOURCE_EXHAUSTED for one
  // too many; nothing is added.
  absl::Status Add(const ParsedSample& sample, std::int64_t now_nanos);

  // Hands out every batch that is not empty.
  void Flush();

  // Samples in batches that were not handed out yet.
  std::size_t pending() const { return pending_; }

 private:
  struct Outlet {
    Source source;
    BatchWriter writer;
    std::array<absl::flat_hash_map<std::string, std::uint32_t>, 4> refs;  // by kind, then by text
  };

  absl::StatusOr<Outlet*> FindOutlet(const ParsedSample& sample);
  absl::StatusOr<std::uint32_t> FindRef(Outlet& outlet, const ParsedSample& sample);
  void HandOut(Outlet& outlet);

  const LabelSet labels_;
  const TakeBatch take_batch_;
  std::vector<std::unique_ptr<Outlet>> outlets_;  // the first is the default
  absl::flat_hash_map<std::pair<std::string, std::string>, Outlet*> by_source_;
  std::size_t pending_ = 0;
};

}  // namespace obs
