#include "buffer/ring_buffer.h"

#include <algorithm>
#include <bit>

namespace obs {
namespace {

constexpr std::size_t kBlockSlots = 64;
constexpr std::size_t kGrowthFactor = 4;

// reserved_: tables : 8, position : 56.
constexpr int kPositionBits = 56;
constexpr std::uint64_t kOneTable = std::uint64_t{1} << kPositionBits;
constexpr std::uint64_t kPositionMask = kOneTable - 1;

// A gate: lap : 48, abandoned : 1, writers inside : 15.
constexpr int kLapShift = 16;
constexpr std::uint64_t kAbandoned = 0x8000;
constexpr std::uint64_t kWritersMask = 0x7fff;

constexpr std::size_t TablesFor(std::uint64_t reserved) {
  return reserved >> kPositionBits;
}
constexpr std::uint64_t PositionOf(std::uint64_t reserved) {
  return reserved & kPositionMask;
}

constexpr std::uint64_t StampOf(std::uint64_t position) {
  return 2 * (position + 1);
}

struct alignas(32) Slot {
  std::atomic<std::uint64_t> stamp{0};  // StampOf(position) once published, one less while being written
  std::atomic<std::uint64_t> series{0};
  std::atomic<std::int64_t> timestamp_ns{0};
  std::atomic<double> value{0};
};

struct alignas(64) Gate {
  std::atomic<std::uint64_t> state{0};
};

}  // namespace

struct RingBuffer::Table {
  explicit Table(std::size_t slot_count)
      : size(slot_count),
        lap_shift(std::countr_zero(slot_count)),
        block_slots(std::min(slot_count, kBlockSlots)),
        slots(std::make_unique<Slot[]>(slot_count)),
        gates(std::make_unique<Gate[]>(slot_count / block_slots)) {}

  static std::size_t BytesFor(std::size_t slot_count) {
    return sizeof(Table) + slot_count * sizeof(Slot) +
           std::max(slot_count / kBlockSlots, std::size_t{1}) * sizeof(Gate);
  }

  Slot& SlotAt(std::uint64_t position) const { return slots[position & (size - 1)]; }
  Gate& GateAt(std::uint64_t position) const { return gates[(position & (size - 1)) / kBlockSlots]; }
  std::uint64_t LapOf(std::uint64_t position) const { return position >> lap_shift; }
  std::size_t LeftInBlock(std::uint64_t position) const {
    return block_slots - (position & (block_slots - 1));
  }

  bool Enter(std::uint64_t position);
  void Leave(std::uint64_t position) { GateAt(position).state.fetch_sub(1, std::memory_order_release); }
  void Store(std::uint64_t position, std::span<const RingSample> run);
  enum class Seen { kWhole, kOverwritten, kNotYet, kNever };
  // Copies the sample at `position`, if it is there.
  Seen Load(std::uint64_t position, RingSample* sample) const;

  const std::size_t size;
  const int lap_shift;
  const std::size_t block_slots;
  std::atomic<std::uint64_t> first{0};  // the first position that lives here
  const std::unique_ptr<Slot[]> slots;
  const std::unique_ptr<Gate[]> gates;
};

// What the ring holds at one moment: positions [oldest, next).
struct RingBuffer::Extent {
  std::size_t tables;
  std::uint64_t oldest;
  std::uint64_t next;
};

// Enters the block of `position`; false if its slots must be given up.
bool RingBuffer::Table::Enter(std::uint64_t position) {
  std::atomic<std::uint64_t>& gate = GateAt(position).state;
  const std::uint64_t lap = LapOf(position);
  std::uint64_t seen = gate.load(std::memory_order_relaxed);
  for (;;) {
    const std::uint64_t seen_lap = seen >> kLapShift;
    if (seen_lap > lap || (seen_lap == lap && (seen & kAbandoned) != 0)) return false;
    // A writer of an older lap is still inside: nobody of this lap may write, and readers need not wait for
    // it.
    const bool abandon = seen_lap < lap && (seen & kWritersMask) != 0;
    const std::uint64_t wanted = abandon           ? (lap << kLapShift | kAbandoned | (seen & kWritersMask))
                                 : seen_lap == lap ? seen + 1
                                                   : (lap << kLapShift | 1);
    if (gate.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel, std::memory_order_relaxed)) {
      return !abandon;
    }
  }
}

// Each word is stored with release order, so a reader who sees one also sees that the stamp changed before
// it.
void RingBuffer::Table::Store(std::uint64_t position, std::span<const RingSample> run) {
  Slot* slot = &SlotAt(position);
  for (const RingSample& sample : run) {
    const std::uint64_t stamp = StampOf(position++);
    slot->stamp.store(stamp - 1, std::memory_order_relaxed);
    slot->series.store(sample.series, std::memory_order_release);
    slot->timestamp_ns.store(sample.timestamp_ns, std::memory_order_release);
    slot->value.store(sample.value, std::memory_order_release);
    slot->stamp.store(stamp, std::memory_order_release);
    ++slot;
  }
}

// Acquire order on each word keeps the second look at the stamp behind them.
RingBuffer::Table::Seen RingBuffer::Table::Load(std::uint64_t position, RingSample* sample) const {
  const Slot& slot = SlotAt(position);
  const std::uint64_t stamp = StampOf(position);
  const std::uint64_t before = slot.stamp.load(std::memory_order_acquire);
  if (before == stamp) {
    *sample = {slot.series.load(std::memory_order_acquire), slot.timestamp_ns.load(std::memory_order_acquire),
               slot.value.load(std::memory_order_acquire)};
    return slot.stamp.load(std::memory_order_relaxed) == stamp ? Seen::kWhole : Seen::kOverwritten;
  }
  if (before > stamp) return Seen::kOverwritten;
  const std::uint64_t gate = GateAt(position).state.load(std::memory_order_relaxed);
  const std::uint64_t gate_lap = gate >> kLapShift;
  const bool is_given_up =
      gate_lap > LapOf(position) || (gate_lap == LapOf(position) && (gate & kAbandoned) != 0);
  return is_given_up ? Seen::kNever : Seen::kNotYet;
}

RingBuffer::RingBuffer(std::size_t capacity, std::shared_ptr<MemoryMeter> memory)
    : capacity_(std::bit_ceil(std::clamp(capacity, kMinCapacity, kMaxCapacity))),
      memory_(std::move(memory)) {}

RingBuffer::~RingBuffer() {
  if (memory_ != nullptr) memory_->Add(-static_cast<std::int64_t>(memory_bytes()));
  for (auto& table : tables_) delete table.load(std::memory_order_relaxed);
}

void RingBuffer::Write(std::span<const RingSample> run) {
  while (!run.empty()) {
    const std::size_t n = std::min(run.size(), kMaxRun);
    WriteRun(run.first(n));
    run = run.subspan(n);
  }
}

void RingBuffer::WriteRun(std::span<const RingSample> run) {
  while (WouldForgetTooSoon(run) && Grow()) {
  }
  const std::uint64_t reserved = reserved_.fetch_add(run.size(), std::memory_order_acquire);
  if (TablesFor(reserved) == 0) return;  // no memory for even one table: readers count these as missed
  Table& table = *tables_[TablesFor(reserved) - 1].load(std::memory_order_acquire);
  std::uint64_t position = PositionOf(reserved);
  while (!run.empty()) {
    const std::size_t n = std::min(run.size(), table.LeftInBlock(position));
    if (table.Enter(position)) {
      table.Store(position, run.first(n));
      table.Leave(position);
    }
    position += n;
    run = run.subspan(n);
  }
}

bool RingBuffer::WouldForgetTooSoon(std::span<const RingSample> run) const {
  const std::uint64_t reserved = reserved_.load(std::memory_order_acquire);
  if (TablesFor(reserved) == 0) return true;
  const Table& table = *tables_[TablesFor(reserved) - 1].load(std::memory_order_acquire);
  if (table.size >= capacity_) return false;
  const std::uint64_t end = PositionOf(reserved) + run.size();
  if (end - table.first.load(std::memory_order_relaxed) <= table.size) return false;
  if (run.size() > table.size) return true;
  // The youngest sample that this run will overwrite. Unsigned: timestamps are whatever the client said.
  const auto forgotten = table.SlotAt(end - 1).timestamp_ns.load(std::memory_order_relaxed);
  const auto age =
      static_cast<std::uint64_t>(run.back().timestamp_ns) - static_cast<std::uint64_t>(forgotten);
  return static_cast<std::int64_t>(age) < kRetentionNs;
}

// Adds a table. False if there is none to add, or another writer is adding one: then this run overwrites.
bool RingBuffer::Grow() {
  if (growing_.test_and_set(std::memory_order_acquire)) return false;
  std::uint64_t reserved = reserved_.load(std::memory_order_relaxed);
  const std::size_t count = TablesFor(reserved);
  const std::size_t current = count == 0 ? 0 : tables_[count - 1].load(std::memory_order_relaxed)->size;
  const std::size_t size = current == 0 ? kMinCapacity : std::min(current * kGrowthFactor, capacity_);
  const auto bytes = static_cast<std::int64_t>(Table::BytesFor(size));
  const bool can_grow = current < capacity_ && (memory_ == nullptr || memory_->TryAdd(bytes));
  if (can_grow) {
    auto* table = new Table(size);
    tables_[count].store(table, std::memory_order_release);
    do {
      table->first.store(PositionOf(reserved), std::memory_order_relaxed);
    } while (!reserved_.compare_exchange_weak(reserved, reserved + kOneTable, std::memory_order_acq_rel,
                                              std::memory_order_relaxed));
  }
  growing_.clear(std::memory_order_release);
  return can_grow;
}

RingBuffer::Extent RingBuffer::CurrentExtent() const {
  const std::uint64_t reserved = reserved_.load(std::memory_order_acquire);
  Extent extent{TablesFor(reserved), PositionOf(reserved), PositionOf(reserved)};
  for (std::size_t i = extent.tables; i-- > 0;) {
    const Table& table = *tables_[i].load(std::memory_order_acquire);
    const std::uint64_t first = table.first.load(std::memory_order_relaxed);
    const bool wrapped = extent.oldest - first > table.size;
    extent.oldest = wrapped ? extent.oldest - table.size : first;
    if (wrapped) break;
  }
  if (extent.next - extent.oldest > capacity_) extent.oldest = extent.next - capacity_;
  return extent;
}

// The table of `position`, which the extent covers. Lowers `end` to where the next table takes over.
const RingBuffer::Table& RingBuffer::TableOf(std::uint64_t position, const Extent& extent,
                                             std::uint64_t* end) const {
  std::size_t i = extent.tables - 1;
  for (;; --i) {
    const Table& table = *tables_[i].load(std::memory_order_acquire);
    const std::uint64_t first = table.first.load(std::memory_order_relaxed);
    if (position >= first || i == 0) return table;
    *end = first;
  }
}

std::size_t RingBuffer::size() const {
  const Extent extent = CurrentExtent();
  return extent.next - extent.oldest;
}

std::uint64_t RingBuffer::written() const {
  return PositionOf(reserved_.load(std::memory_order_relaxed));
}

std::size_t RingBuffer::memory_bytes() const {
  std::size_t bytes = 0;
  const std::size_t count = TablesFor(reserved_.load(std::memory_order_acquire));
  for (std::size_t i = 0; i < count; ++i) {
    bytes += Table::BytesFor(tables_[i].load(std::memory_order_acquire)->size);
  }
  return bytes;
}

RingReader::RingReader(const RingBuffer& ring) : ring_(ring), next_(ring.CurrentExtent().oldest) {}

RingBatch RingReader::ReadBatch(std::size_t max_samples) {
  RingBatch batch;
  const RingBuffer::Extent extent = ring_.CurrentExtent();
  if (next_ < extent.oldest) {
    batch.missed = extent.oldest - next_;
    next_ = extent.oldest;
  }
  while (next_ < extent.next && batch.samples.size() < max_samples) {
    if (!ReadTable(extent, max_samples, &batch)) break;
  }
  return batch;
}

// Reads on within one table. False if the next sample is reserved but not yet written.
bool RingReader::ReadTable(const RingBuffer::Extent& extent, std::size_t max_samples, RingBatch* batch) {
  std::uint64_t end = extent.next;
  const RingBuffer::Table& table = ring_.TableOf(next_, extent, &end);
  RingSample sample;
  for (; next_ < end && batch->samples.size() < max_samples; ++next_) {
    const auto seen = table.Load(next_, &sample);
    if (seen == RingBuffer::Table::Seen::kNotYet) return false;
    if (seen == RingBuffer::Table::Seen::kWhole) {
      batch->samples.push_back(sample);
    } else {
      ++batch->missed;
    }
  }
  return true;
}

}  // namespace obs
