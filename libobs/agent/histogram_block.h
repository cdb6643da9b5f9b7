// One thread's share of a histogram: counts since the block was made, in the buckets of model/sketch.h at its
// default scale, in pages of one octave that are made when first needed.
//
// Thread safety: one thread, the owner, records; one other, the collector, reads meanwhile. Every datum has
// one writer, so there are no locks. A reader may see the parts of an observation that is being recorded one
// by one: it takes counts from the buckets alone, and misses nothing that events() covers.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/sketch.h"

namespace obs {

inline constexpr std::size_t kBucketsPerOctave = std::size_t{1} << Sketch::kDefaultScale;

// Which octave: bucket indices of model/sketch.h from 64 * octave on, of positive or of negative values.
struct OctaveKey {
  std::int32_t octave = 0;
  bool negative = false;

  friend bool operator==(const OctaveKey&, const OctaveKey&) = default;
};

// What several blocks hold together.
struct HistogramTotals {
  struct Page {
    OctaveKey key;
    std::array<std::uint64_t, kBucketsPerOctave> counts{};
  };

  std::vector<Page> pages;  // in no order
  std::uint64_t zeros = 0;
  double sum = 0;
  // Of what was recorded since the blocks were last read; min above max if there was nothing.
  double min = 1;
  double max = -1;

  // Made if absent.
  Page& PageOf(OctaveKey key);
  const Page* FindPage(OctaveKey key) const;
  void Cover(double low, double high);
};

class HistogramBlock {
 public:
  HistogramBlock() = default;
  ~HistogramBlock();
  HistogramBlock(const HistogramBlock&) = delete;
  HistogramBlock& operator=(const HistogramBlock&) = delete;

  // Owner only. `value` is finite. False if there is no memory for a page.
  [[nodiscard]] bool Record(double value) noexcept {
    if (value <= 0) [[unlikely]]
      return RecordSlowly(value);
    const std::int32_t index = Sketch::BucketIndex(value, Sketch::kDefaultScale);
    const auto near = static_cast<std::uint32_t>((index >> Sketch::kDefaultScale) - kFirstNear);
    Page* const page = near < kNearOctaves ? near_[near].load(std::memory_order_relaxed) : nullptr;
    if (page == nullptr) [[unlikely]]
      return RecordSlowly(value);
    Count(page->counts[static_cast<std::size_t>(index) % kBucketsPerOctave], value);
    return true;
  }

  // Grows with each observation, once all else of it can be read.
  std::uint64_t events() const { return events_.load(std::memory_order_acquire); }

  // Collector only: adds what this block holds, and begins a new span of time for min and max.
  void ReadInto(HistogramTotals& totals);

  // Both without an owner from now on: adds all that `from` holds. Takes pages instead of making any.
  void Absorb(HistogramBlock& from) noexcept;

  // Sets all to zero. The owner does not record any more.
  void Clear() noexcept;

 private:
  struct Page {
    OctaveKey key;
    Page* next = nullptr;
    std::array<std::atomic<std::uint64_t>, kBucketsPerOctave> counts{};
  };

  // Octaves that are found at once: positive values of 2^-64 to 2^64.
  static constexpr std::int32_t kFirstNear = -64;
  static constexpr std::size_t kNearOctaves = 128;

  // Any value, and pages that are not there yet.
  bool RecordSlowly(double value) noexcept;

  void Count(std::atomic<std::uint64_t>& bucket, double value) noexcept {
    Increase<std::uint64_t>(bucket, 1);
    Increase(sum_, value);
    CoverValue(value);
    events_.store(events_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  void CoverValue(double value) noexcept {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    const std::uint32_t span = span_.load(kRelaxed);
    if (covered_span_.load(kRelaxed) != span) [[unlikely]] {
      min_.store(value, kRelaxed);
      max_.store(value, kRelaxed);
      covered_span_.store(span, kRelaxed);
      return;
    }
    if (value < min_.load(kRelaxed)) min_.store(value, kRelaxed);
    if (value > max_.load(kRelaxed)) max_.store(value, kRelaxed);
  }
  // By the datum's only writer.
  template <typename T>
  static void Increase(std::atomic<T>& datum, T amount) noexcept {
    datum.store(datum.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }

  Page* FindFar(OctaveKey key) const noexcept;
  Page* MakePage(OctaveKey key) noexcept;
  void Link(Page* page) noexcept;
  Page* Find(OctaveKey key) const noexcept;

  // Written by the owner.
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> zeros_{0};
  std::atomic<double> sum_{0};
  std::atomic<double> min_{0};
  std::atomic<double> max_{0};
  std::atomic<std::uint32_t> covered_span_{0};  // the span of time that min_ and max_ are of; 0: none
  std::array<std::atomic<Page*>, kNearOctaves> near_{};
  std::atomic<Page*> far_{nullptr};  // a list

  // Written by the collector.
  std::atomic<std::uint32_t> span_{1};
};

}  // namespace obs
