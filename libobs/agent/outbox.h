// Batches on their way: kept from when they are pushed until the aggregator has confirmed them, in order.
//
// Thread safety: none; the publisher guards it.
// When full: the caller asks HasRoomFor() and waits, or has the oldest batches dropped by MakeRoomFor(). A
// batch that is dropped after it was sent may have arrived; it is doubtful until an Ack settles it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace obs {

class SeriesCatalog;

struct OutboundBatch {
  std::uint64_t sequence = 0;  // 1, 2, 3 ...
  std::uint64_t samples = 0;
  std::uint64_t samples_through = 0;        // of all batches up to this one, dropped or not
  std::uint32_t ref_limit = 0;              // refs below it must be announced before
  std::shared_ptr<const std::string> body;  // encoded, without the head; shared with the call that writes it
  std::uint64_t place = 0;                  // in the current stream, from 1; 0: not sent on it
  bool was_sent = false;                    // on any stream, and may have arrived
  std::uint64_t record = 0;                 // in the spool, rising from batch to batch; 0: it is not there
  const SeriesCatalog* catalog = nullptr;   // has its refs, if it is of an earlier life of the producer
};

class Outbox {
 public:
  // What a batch costs besides its bytes.
  static constexpr std::size_t kOverheadBytes = 128;

  Outbox(std::size_t max_samples, std::size_t max_bytes) : max_samples_(max_samples), max_bytes_(max_bytes) {}

  // An empty outbox has room for anything.
  bool HasRoomFor(std::uint64_t samples, std::size_t bytes) const;

  // Drops the oldest batches until there is room. Returns their samples.
  std::uint64_t MakeRoomFor(std::uint64_t samples, std::size_t bytes);

  // Drops the batches with records below `record`. Returns their samples.
  std::uint64_t DropBelow(std::uint64_t record);

  // `batch` has a higher sequence than all before.
  void Push(OutboundBatch batch);

  // The next batch to be sent on the current stream; null if there is none. Valid until the outbox changes.
  const OutboundBatch* NextUnsent() const;
  // It was sent as the message at `place` of the stream.
  void MarkSent(std::uint64_t place);

  struct Confirmed {
    std::uint64_t samples = 0;    // of batches that were kept
    std::uint64_t recovered = 0;  // of batches that were dropped, and have arrived all the same
  };
  // The current stream has brought what it had of the batches up to `sequence`: removes them.
  Confirmed Confirm(std::uint64_t sequence);

  // The stream broke: everything is to be sent again.
  void Rewind();

  // True if batches were sent on earlier streams of which it is not known whether they have arrived.
  bool IsInDoubt() const;
  // `sequence` is the highest that had arrived before the current stream brought any. Returns the samples of
  // doubtful batches of earlier streams that have arrived; none is doubtful any more, and what is kept counts
  // as not sent.
  std::uint64_t SettleDoubtful(std::uint64_t sequence);

  // For batches that must not be sent again. Each removes and returns one batch that was sent on the current
  // stream; nullopt if there is none.
  std::optional<OutboundBatch> DropLargestSent();
  std::optional<OutboundBatch> DropSentAt(std::uint64_t place);
  std::optional<OutboundBatch> DropOldestSent();

  bool empty() const { return batches_.empty(); }
  // Null if it is empty.
  const OutboundBatch* oldest() const { return batches_.empty() ? nullptr : &batches_.front(); }
  // True if something was sent on the current stream that is not confirmed.
  bool AwaitsConfirmation() const { return sent_ != 0; }
  std::uint64_t samples() const { return samples_; }
  // Of those, samples in batches that are in no record up to `record`.
  std::uint64_t SamplesBeyond(std::uint64_t record) const;
  std::size_t bytes() const { return bytes_; }

 private:
  struct Doubtful {
    std::uint64_t sequence = 0;
    std::uint64_t samples = 0;
  };

  // The batch may have arrived, if it was sent.
  std::uint64_t DropOldest();
  OutboundBatch Remove(std::size_t index);

  const std::size_t max_samples_;
  const std::size_t max_bytes_;
  std::deque<OutboundBatch> batches_;  // by rising sequence
  std::size_t sent_ = 0;               // the first so many were sent on the current stream
  std::uint64_t samples_ = 0;
  std::size_t bytes_ = 0;
  std::deque<Doubtful> doubtful_;  // by rising sequence
  std::size_t old_doubtful_ = 0;   // the first so many were not sent on the current stream
};

}  // namespace obs
