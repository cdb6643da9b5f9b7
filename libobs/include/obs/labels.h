// Labels as an argument: a view of names with values, made from whatever the caller has.
//
//   agent.RecordGauge("queue_depth", 3, {{"queue", "mail"}});  // a list
//   agent.RecordGauge("queue_depth", 3, labels);  // a std::map; a std::vector of pairs or of obs::Label
//
// Ownership: copies nothing. The labels must outlive the call they are passed to, and no more: do not store a
// Labels.
// The order of labels has no meaning.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <ranges>
#include <string_view>
#include <type_traits>

namespace obs {

struct Label {
  std::string_view name;
  std::string_view value;
};

namespace detail {

template <typename T>
concept PairOfStrings = requires(const T& pair) {
  { pair.first } -> std::convertible_to<std::string_view>;
  { pair.second } -> std::convertible_to<std::string_view>;
};

template <typename R>
concept RangeOfLabels = std::ranges::forward_range<const R> && std::ranges::sized_range<const R> &&
    (PairOfStrings<std::ranges::range_value_t<const R>> ||
     std::same_as<std::ranges::range_value_t<const R>, Label>);

}  // namespace detail

class Labels {
 public:
  constexpr Labels() = default;
  constexpr Labels(std::initializer_list<Label> list) : Labels(list.begin(), list.size()) {}
  constexpr Labels(const Label* first, std::size_t size) : size_(size), first_(first) {}

  template <detail::RangeOfLabels R>
  Labels(const R& range) : size_(std::ranges::size(range)) {  // NOLINT: meant to convert
    if constexpr (std::ranges::contiguous_range<const R> &&
                  std::same_as<std::ranges::range_value_t<const R>, Label>) {
      first_ = std::ranges::data(range);
    } else {
      range_ = std::addressof(range);
      visit_ = [](const void* erased, Sink sink, void* context) {
        for (const auto& element : *static_cast<const R*>(erased)) sink(context, ToLabel(element));
      };
    }
  }

  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }

  // Calls fn(Label) for each, in the caller's order.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    if (visit_ == nullptr) {
      for (std::size_t i = 0; i < size_; ++i) fn(first_[i]);
      return;
    }
    using Target = std::remove_reference_t<Fn>;
    visit_(
        range_, [](void* context, Label label) { (*static_cast<Target*>(context))(label); },
        const_cast<void*>(static_cast<const void*>(std::addressof(fn))));
  }

 private:
  using Sink = void (*)(void* context, Label label);
  using Visit = void (*)(const void* range, Sink sink, void* context);

  static Label ToLabel(const Label& label) { return label; }
  template <detail::PairOfStrings T>
  static Label ToLabel(const T& pair) {
    return {pair.first, pair.second};
  }

  std::size_t size_ = 0;
  const Label* first_ = nullptr;  // an array of Label, or:
  const void* range_ = nullptr;   // any other range, and how to walk it
  Visit visit_ = nullptr;
};

}  // namespace obs
