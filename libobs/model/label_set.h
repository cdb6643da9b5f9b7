// A set of labels: names with values, sorted by name, each name once.
//
// It lies in one piece of memory, since an aggregator holds one for each series: a pointer, and two bytes a
// label beside the text.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace obs {

struct LabelPair {
  std::string name;
  std::string value;

  friend auto operator<=>(const LabelPair&, const LabelPair&) = default;
};

// A label that lies elsewhere.
struct LabelView {
  std::string_view name;
  std::string_view value;

  operator LabelPair() const { return {std::string(name), std::string(value)}; }
  friend auto operator<=>(const LabelView&, const LabelView&) = default;
};

class LabelSet {
 public:
  // Its views live as long as the set is not changed.
  class const_iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = LabelPair;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = LabelView;

    const_iterator() = default;
    LabelView operator*() const;
    const_iterator& operator++();
    const_iterator operator++(int) { return std::exchange(*this, std::next(*this)); }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

   private:
    friend class LabelSet;
    explicit const_iterator(const char* at) : at_(at) {}
    const char* at_ = nullptr;
  };
  using value_type = LabelPair;
  using iterator = const_iterator;

  LabelSet() = default;
  LabelSet(const LabelSet& other) { *this = other; }
  LabelSet& operator=(const LabelSet& other);
  LabelSet(LabelSet&&) noexcept = default;
  LabelSet& operator=(LabelSet&&) noexcept = default;
  // For literals in code and tests: names must differ.
  LabelSet(std::initializer_list<LabelPair> pairs);

  // Sorts `pairs`. Errors: INVALID_ARGUMENT if a name occurs twice.
  static absl::StatusOr<LabelSet> FromPairs(std::vector<LabelPair> pairs);
  // `labels` are sorted by name, each name once.
  static LabelSet FromSorted(std::span<const LabelView> labels);

  // The value of `name`, or nullopt. The view lives as long as this set is not changed.
  std::optional<std::string_view> Get(std::string_view name) const;

  // These labels and those of `defaults` whose names are not here.
  LabelSet WithDefaults(const LabelSet& defaults) const;

  bool empty() const { return packed_ == nullptr; }
  std::size_t size() const;
  const_iterator begin() const { return const_iterator(empty() ? nullptr : packed_.get() + sizeof(Head)); }
  const_iterator end() const { return const_iterator(empty() ? nullptr : packed_.get() + bytes()); }

  std::size_t HeapBytes() const { return bytes(); }

  // Equal sets have equal bytes.
  friend bool operator==(const LabelSet& a, const LabelSet& b) { return a.packed() == b.packed(); }
  template <typename H>
  friend H AbslHashValue(H h, const LabelSet& set) {
    return H::combine(std::move(h), absl::string_view(set.packed().data(), set.packed().size()));
  }

 private:
  // Then for each label its sizes, varints, and its texts.
  struct Head {
    std::uint32_t bytes;  // of all, this included
    std::uint32_t labels;
  };

  Head head() const;
  std::size_t bytes() const { return empty() ? 0 : head().bytes; }
  std::string_view packed() const { return {packed_.get(), bytes()}; }

  std::unique_ptr<char[]> packed_;  // null if empty
};

}  // namespace obs
