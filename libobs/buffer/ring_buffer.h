// The newest raw samples of one metric name: a ring that many threads write and many read.
//
// Thread safety: any thread may write. Each RingReader belongs to one thread; there may be any number.
// Nobody ever waits: the ring is lock-free on both sides.
// When full: the oldest samples are overwritten. A reader that was lapped is told how many it missed, and
// never sees a sample that is partly overwritten.
// Memory: none until the first write. Then the ring grows up to its capacity, and only when it would
// otherwise overwrite samples younger than kRetentionNs: rarely written, it stays small. It never shrinks.
//
// How it works. One fetch_add reserves a run of positions; position p lives in slot p % size of its table.
// Slots are grouped in blocks, each with a gate that holds the block's lap and the number of writers inside.
// A writer enters with its own lap, so writers of two laps are never inside together: one that was so slow
// that the ring came around is refused, and one that finds a slower writer of an older lap still inside
// gives its slots up. Both are counted as missed by readers. A slot's stamp, looked at before and after
// copying, says whether its sample is published and whole.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "buffer/memory_meter.h"

namespace obs {

struct RingSample {
  std::uint64_t series;  // Series::id()
  std::int64_t timestamp_ns;
  double value;

  friend bool operator==(const RingSample&, const RingSample&) = default;
};

class RingBuffer {
 public:
  static constexpr std::int64_t kRetentionNs = 2 * kNanosPerSecond;
  static constexpr std::size_t kMinCapacity = 16;
  static constexpr std::size_t kMaxCapacity = std::size_t{1} << 26;

  // `capacity`, in samples, is rounded up to a power of two within the bounds above. `memory` may be null;
  // where it is at its limit the ring does not grow.
  explicit RingBuffer(std::size_t capacity, std::shared_ptr<MemoryMeter> memory = nullptr);
  ~RingBuffer();
  RingBuffer(const RingBuffer&) = delete;
  RingBuffer& operator=(const RingBuffer&) = delete;

  void Write(const RingSample& sample) { Write(std::span(&sample, 1)); }
  // One run costs little more than one sample: write in runs of 64 and more where speed counts.
  void Write(std::span<const RingSample> run);

  // Samples it can hold once fully grown.
  std::size_t capacity() const { return capacity_; }
  // Samples it holds now.
  std::size_t size() const;
  // Samples ever written.
  std::uint64_t written() const;
  std::size_t memory_bytes() const;

 private:
  friend class RingReader;
  struct Table;
  struct Extent;

  static constexpr std::size_t kMaxTables = 12;  // 16, 64, 256 ... 2^26
  static constexpr std::size_t kMaxRun = 256;    // positions reserved at once

  void WriteRun(std::span<const RingSample> run);
  bool WouldForgetTooSoon(std::span<const RingSample> run) const;
  bool Grow();
  Extent CurrentExtent() const;
  const Table& TableOf(std::uint64_t position, const Extent& extent, std::uint64_t* end) const;

  const std::size_t capacity_;
  const std::shared_ptr<MemoryMeter> memory_;
  // Table i begins to be used when `reserved_` says i + 1 tables; older ones stay, for what they still hold.
  std::array<std::atomic<Table*>, kMaxTables> tables_{};
  std::atomic_flag growing_;
  // Number of tables in the top 8 bits, next position below: one fetch_add reserves and names the table.
  alignas(64) std::atomic<std::uint64_t> reserved_{0};
};

struct RingBatch {
  std::vector<RingSample> samples;
  std::uint64_t missed = 0;  // samples lost to this reader since its previous batch
};

// Reads a ring in order of writing. The ring outlives it.
class RingReader {
 public:
  // Begins with the oldest sample the ring holds.
  explicit RingReader(const RingBuffer& ring);

  // At most `max_samples`; empty if there is nothing new. Samples read and missed add up to samples written.
  RingBatch ReadBatch(std::size_t max_samples);

 private:
  bool ReadTable(const RingBuffer::Extent& extent, std::size_t max_samples, RingBatch* batch);

  const RingBuffer& ring_;
  std::uint64_t next_;
};

}  // namespace obs
