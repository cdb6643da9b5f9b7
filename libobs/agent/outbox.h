// Batches on their way: kept from when they are pushed until the aggregator has confirmed them, in order.
//
// Thread safety: none; the publisher guards it.
// When full: the caller asks HasRoomFor() and waits, or has the oldest batches dropped by MakeRoomFor().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace obs {

struct OutboundBatch {
  std::uint64_t sequence = 0;  // 1, 2, 3 ...
  std::uint64_t samples = 0;
  std::uint32_t ref_limit = 0;               // refs below it must be announced before
  std::shared_ptr<const std::string> bytes;  // encoded; shared with the call that writes it
  std::uint64_t place = 0;  // in the stream it was last sent on, from 1; 0: not sent on this one
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

  // `batch` has a higher sequence than all before.
  void Push(OutboundBatch batch);

  // The next batch to be sent on the current stream; null if there is none. Valid until the outbox changes.
  const OutboundBatch* NextUnsent() const;
  // It was sent as the message at `place` of the stream.
  void MarkSent(std::uint64_t place);

  // Removes batches up to `sequence`. Returns their samples.
  std::uint64_t Confirm(std::uint64_t sequence);

  // The stream broke: everything is to be sent again.
  void Rewind();

  // For batches that must not be sent again. Each removes one batch that was sent on the current stream, and
  // returns its samples; 0 if there is none.
  std::uint64_t DropLargestSent();
  std::uint64_t DropSentAt(std::uint64_t place);
  std::uint64_t DropOldestSent();

  bool empty() const { return batches_.empty(); }
  // True if something was sent on the current stream that is not confirmed.
  bool AwaitsConfirmation() const { return sent_ != 0; }
  std::uint64_t samples() const { return samples_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::uint64_t Remove(std::size_t index);

  const std::size_t max_samples_;
  const std::size_t max_bytes_;
  std::deque<OutboundBatch> batches_;  // by rising sequence
  std::size_t sent_ = 0;               // the first so many were sent on the current stream
  std::uint64_t samples_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace obs
