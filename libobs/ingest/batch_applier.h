// Applies a batch to its node: judges each sample, finds its series, writes it, and counts what became of it.
//
// Thread safety: one thread at a time. Keeps scratch memory from batch to batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ingest/admission.h"
#include "ingest/ledger_totals.h"
#include "ingest/rejection_notes.h"
#include "ingest/series_cache.h"
#include "ingest/stream_dictionary.h"
#include "wire/batch_view.h"

namespace obs {

class BatchApplier {
 public:
  // Where samples go, and on whose account.
  struct Target {
    std::shared_ptr<Node> node;
    BaselineId baseline = kSharedBaseline;
    std::shared_ptr<SeriesQuota> quota;  // may be null
    SeriesCache* cache = nullptr;        // of that node
    StreamDictionary* dictionary = nullptr;
    RejectionNotes* notes = nullptr;
    std::int64_t received_ns = 0;  // monotonic
  };

  struct Outcome {
    SampleCounts samples;
    std::int64_t newest_ns = 0;  // newest timestamp that was sent and accepted; 0 if none was
  };

  // Notes what `batch` announces, whether or not its samples are to be applied.
  void Announce(const BatchView& batch, StreamDictionary* dictionary);

  // `batch_number`: its place in the stream, for messages. Its announcements have been noted.
  Outcome Apply(const BatchView& batch, std::uint64_t batch_number, const Target& target, std::int64_t now_ns,
                std::int64_t max_skew_ns);

 private:
  class Run;

  void TakeBatchLabels(const BatchView& batch);

  // Of the batch: its labels, sorted, or what is wrong with them.
  std::vector<LabelView> batch_labels_;
  SeriesFault batch_fault_ = SeriesFault::kNone;
  // Of the sample.
  std::vector<LabelView> labels_;
  std::string detail_;
  Distribution distribution_;
};

}  // namespace obs
