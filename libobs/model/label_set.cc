#include "model/label_set.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/varint.h"

namespace obs {
namespace {

// Both sizes, and then the texts.
const char* ReadLabel(const char* in, LabelView* label) {
  std::uint64_t name_size = 0;
  std::uint64_t value_size = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(in);
  bytes = ReadOwnVarint(ReadOwnVarint(bytes, &name_size), &value_size);
  const auto* const text = reinterpret_cast<const char*>(bytes);
  *label = {{text, name_size}, {text + name_size, value_size}};
  return text + name_size + value_size;
}

std::size_t PackedBytes(const LabelView& label) {
  return VarintBytes(label.name.size()) + VarintBytes(label.value.size()) + label.name.size() +
         label.value.size();
}

std::vector<LabelView> ViewsOf(std::span<const LabelPair> pairs) {
  std::vector<LabelView> views;
  views.reserve(pairs.size());
  for (const LabelPair& pair : pairs) views.push_back({pair.name, pair.value});
  return views;
}

}  // namespace

LabelView LabelSet::const_iterator::operator*() const {
  LabelView label;
  ReadLabel(at_, &label);
  return label;
}

LabelSet::const_iterator& LabelSet::const_iterator::operator++() {
  LabelView label;
  at_ = ReadLabel(at_, &label);
  return *this;
}

LabelSet::LabelSet(std::initializer_list<LabelPair> pairs) {
  auto set = FromPairs(pairs);
  assert(set.ok());
  *this = *std::move(set);
}

LabelSet& LabelSet::operator=(const LabelSet& other) {
  if (this == &other) return *this;
  packed_ = other.empty() ? nullptr : std::make_unique_for_overwrite<char[]>(other.bytes());
  if (packed_ != nullptr) std::memcpy(packed_.get(), other.packed_.get(), other.bytes());
  return *this;
}

absl::StatusOr<LabelSet> LabelSet::FromPairs(std::vector<LabelPair> pairs) {
  std::ranges::sort(pairs);
  const auto twice = std::ranges::adjacent_find(pairs, {}, &LabelPair::name);
  if (twice != pairs.end()) {
    return absl::InvalidArgumentError(absl::StrCat("label \"", twice->name, "\" occurs twice"));
  }
  return FromSorted(ViewsOf(pairs));
}

LabelSet LabelSet::FromSorted(std::span<const LabelView> labels) {
  assert(std::ranges::adjacent_find(labels, std::ranges::greater_equal{}, &LabelView::name) == labels.end());
  LabelSet set;
  if (labels.empty()) return set;
  std::size_t bytes = sizeof(Head);
  for (const LabelView& label : labels) bytes += PackedBytes(label);
  set.packed_ = std::make_unique_for_overwrite<char[]>(bytes);
  const Head head{static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(labels.size())};
  std::memcpy(set.packed_.get(), &head, sizeof(head));
  char* out = set.packed_.get() + sizeof(head);
  for (const LabelView& label : labels) {
    out = WriteVarint(WriteVarint(out, label.name.size()), label.value.size());
    out = std::ranges::copy(label.name, out).out;
    out = std::ranges::copy(label.value, out).out;
  }
  return set;
}

LabelSet::Head LabelSet::head() const {
  Head head{};
  if (!empty()) std::memcpy(&head, packed_.get(), sizeof(head));
  return head;
}

std::size_t LabelSet::size() const {
  return head().labels;
}

std::optional<std::string_view> LabelSet::Get(std::string_view name) const {
  for (const LabelView label : *this) {
    if (label.name == name) return label.value;
  }
  return std::nullopt;
}

LabelSet LabelSet::WithDefaults(const LabelSet& defaults) const {
  std::vector<LabelView> merged(begin(), end());
  for (const LabelView label : defaults) {
    if (!Get(label.name)) merged.push_back(label);
  }
  std::ranges::sort(merged);
  return FromSorted(merged);
}

}  // namespace obs
