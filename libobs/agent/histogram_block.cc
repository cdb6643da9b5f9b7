#include "agent/histogram_block.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "model/sketch.h"

namespace obs {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

// ---- HistogramTotals ----

HistogramTotals::Page& HistogramTotals::PageOf(OctaveKey key) {
  const auto found = std::ranges::find(pages, key, &Page::key);
  return found != pages.end() ? *found : pages.emplace_back(Page{key, {}});
}

const HistogramTotals::Page* HistogramTotals::FindPage(OctaveKey key) const {
  const auto found = std::ranges::find(pages, key, &Page::key);
  return found != pages.end() ? &*found : nullptr;
}

void HistogramTotals::Cover(double low, double high) {
  const bool first = min > max;
  min = first ? low : std::min(min, low);
  max = first ? high : std::max(max, high);
}

// ---- HistogramBlock ----

HistogramBlock::~HistogramBlock() {
  for (auto& page : near_) delete page.load(kRelaxed);
  for (Page* page = far_.load(kRelaxed); page != nullptr;) delete std::exchange(page, page->next);
}

bool HistogramBlock::RecordSlowly(double value) noexcept {
  if (value == 0) {
    Count(zeros_, value);
    return true;
  }
  const std::int32_t index = Sketch::BucketIndex(std::abs(value), Sketch::kDefaultScale);
  const OctaveKey key{index >> Sketch::kDefaultScale, value < 0};
  Page* page = Find(key);
  if (page == nullptr) page = MakePage(key);
  if (page == nullptr) return false;
  Count(page->counts[static_cast<std::size_t>(index) % kBucketsPerOctave], value);
  return true;
}

HistogramBlock::Page* HistogramBlock::Find(OctaveKey key) const noexcept {
  const auto near = static_cast<std::uint32_t>(key.octave - kFirstNear);
  if (near < kNearOctaves && !key.negative) [[likely]]
    return near_[near].load(kRelaxed);
  return FindFar(key);
}

HistogramBlock::Page* HistogramBlock::FindFar(OctaveKey key) const noexcept {
  Page* page = far_.load(kRelaxed);
  while (page != nullptr && page->key != key) page = page->next;
  return page;
}

HistogramBlock::Page* HistogramBlock::MakePage(OctaveKey key) noexcept {
  Page* const page = new (std::nothrow) Page;
  if (page == nullptr) return nullptr;
  page->key = key;
  Link(page);
  return page;
}

void HistogramBlock::Link(Page* page) noexcept {
  const auto near = static_cast<std::uint32_t>(page->key.octave - kFirstNear);
  if (near < kNearOctaves && !page->key.negative) {
    page->next = nullptr;
    near_[near].store(page, std::memory_order_release);
  } else {
    page->next = far_.load(kRelaxed);
    far_.store(page, std::memory_order_release);
  }
}

void HistogramBlock::ReadInto(HistogramTotals& totals) {
  const auto add = [&](const Page* page) {
    auto& counts = totals.PageOf(page->key).counts;
    for (std::size_t i = 0; i < kBucketsPerOctave; ++i) counts[i] += page->counts[i].load(kRelaxed);
  };
  for (const auto& slot : near_) {
    if (const Page* page = slot.load(std::memory_order_acquire)) add(page);
  }
  for (const Page* page = far_.load(std::memory_order_acquire); page != nullptr; page = page->next) add(page);
  totals.zeros += zeros_.load(kRelaxed);
  totals.sum += sum_.load(kRelaxed);
  const std::uint32_t span = span_.load(kRelaxed);
  if (covered_span_.load(kRelaxed) != span) return;
  totals.Cover(min_.load(kRelaxed), max_.load(kRelaxed));
  span_.store(span == UINT32_MAX ? 1 : span + 1, kRelaxed);
}

void HistogramBlock::Absorb(HistogramBlock& from) noexcept {
  const auto take = [this](Page* page) {
    Page* const mine = Find(page->key);
    if (mine == nullptr) {
      Link(page);
      return;
    }
    for (std::size_t i = 0; i < kBucketsPerOctave; ++i)
      Increase(mine->counts[i], page->counts[i].load(kRelaxed));
    delete page;
  };
  for (auto& slot : from.near_) {
    if (Page* page = slot.exchange(nullptr, kRelaxed)) take(page);
  }
  for (Page* page = from.far_.exchange(nullptr, kRelaxed); page != nullptr;)
    take(std::exchange(page, page->next));
  Increase(zeros_, from.zeros_.load(kRelaxed));
  Increase(sum_, from.sum_.load(kRelaxed));
  if (from.covered_span_.load(kRelaxed) == from.span_.load(kRelaxed)) {
    CoverValue(from.min_.load(kRelaxed));
    CoverValue(from.max_.load(kRelaxed));
  }
  Increase(events_, from.events_.load(kRelaxed));
}

void HistogramBlock::Clear() noexcept {
  const auto clear = [](Page* page) {
    for (auto& count : page->counts) count.store(0, kRelaxed);
  };
  for (auto& slot : near_) {
    if (Page* page = slot.load(std::memory_order_acquire)) clear(page);
  }
  for (Page* page = far_.load(std::memory_order_acquire); page != nullptr; page = page->next) clear(page);
  zeros_.store(0, kRelaxed);
  sum_.store(0, kRelaxed);
  covered_span_.store(0, kRelaxed);
  events_.store(0, kRelaxed);
}

}  // namespace obs
