#include "wire/json_histogram.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "wire/text_number.h"

namespace obs {
namespace {

using Json = nlohmann::json;

// The numbers of the array at `key`, each as T.
template <typename T>
absl::StatusOr<std::vector<T>> ReadNumbers(const Json& object, const char* key) {
  const auto array = object.find(key);
  if (array == object.end() || !array->is_array()) return JsonKeyError(key, "expected an array of numbers");
  std::vector<T> numbers;
  for (const Json& element : *array) {
    if (!(std::is_same_v<T, double> ? element.is_number() : element.is_number_unsigned())) {
      return JsonKeyError(
          key, std::is_same_v<T, double> ? "expected numbers" : "expected whole numbers, not negative");
    }
    numbers.push_back(element.get<T>());
  }
  return numbers;
}

absl::StatusOr<Distribution> ReadExplicit(const Json& object) {
  auto bounds = ReadNumbers<double>(object, "bounds");
  if (!bounds.ok()) return bounds.status();
  auto counts = ReadNumbers<std::uint64_t>(object, "counts");
  if (!counts.ok()) return counts.status();
  std::optional<double> sum;
  if (const auto found = object.find("sum"); found != object.end()) {
    if (!found->is_number()) return JsonKeyError("sum", "expected a number");
    sum = found->get<double>();
  }
  return ExplicitHistogram::Create(*std::move(bounds), *std::move(counts), sum);
}

struct Window {
  TailedTotals totals;
  std::vector<std::pair<double, std::uint64_t>> buckets;  // a value that stands for it, and its count
  std::uint64_t count = 0;                                // of all buckets
};

// A number, or the "+Inf" of an open last bucket.
std::optional<double> BoundOf(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string() && json.get_ref<const std::string&>() == "+Inf") return HUGE_VAL;
  return std::nullopt;
}

absl::Status ReadBuckets(const Json& object, Window* window) {
  // An upper bound is where a bucket of the sketch ends; this leads to its middle.
  constexpr double kHalfBucket = 0.005;
  double highest = 0;
  for (const Json& bucket : object["buckets"]) {
    const auto bound = bucket.is_array() && bucket.size() == 2 ? BoundOf(bucket[0]) : std::nullopt;
    if (!bound || !bucket[1].is_number_unsigned()) {
      return JsonKeyError("buckets", "expected [[upper bound, count], ...]");
    }
    const auto count = bucket[1].get<std::uint64_t>();
    if (__builtin_add_overflow(window->count, count, &window->count)) {
      return JsonKeyError("buckets", "the counts overflow 64 bits");
    }
    // Of an open bucket only its beginning is known.
    if (std::isfinite(*bound)) highest = *bound - std::abs(*bound) * kHalfBucket;
    window->buckets.emplace_back(highest, count);
  }
  return absl::OkStatus();
}

absl::StatusOr<Window> ParseWindow(const Json& object) {
  Window window;
  const auto count = object.find("count");
  if (count == object.end() || !count->is_number_unsigned()) {
    return JsonKeyError("count", "expected a whole number, not negative");
  }
  window.totals.count = count->get<std::uint64_t>();
  const auto sum = object.find("sum");
  if (sum == object.end() || !sum->is_number()) return JsonKeyError("sum", "expected a number");
  window.totals.sum = sum->get<double>();
  if (auto status = ReadBuckets(object, &window); !status.ok()) return status;
  return window;
}

// `count` observations with the shape of `window`, which is not empty.
Sketch Spread(const Window& window, std::uint64_t count) {
  Sketch sketch;
  const double share = static_cast<double>(count) / static_cast<double>(window.count);
  std::uint64_t seen = 0;
  std::uint64_t given = 0;
  for (const auto& [value, bucket_count] : window.buckets) {
    seen += bucket_count;
    // By the running total, so that roundings do not add up.
    const std::uint64_t due =
        seen == window.count
            ? count
            : std::min(count, static_cast<std::uint64_t>(std::round(static_cast<double>(seen) * share)));
    sketch.Insert(value, due - given);
    given = due;
  }
  return sketch;
}

}  // namespace

absl::Status JsonKeyError(std::string_view key, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("\"{}\": {}", key, what));
}

absl::StatusOr<Distribution> ReadDistribution(const Json& object) {
  if (!object.contains("observations")) return ReadExplicit(object);
  const auto observations = ReadNumbers<double>(object, "observations");
  if (!observations.ok()) return observations.status();
  if (observations->empty()) return JsonKeyError("observations", "the array is empty");
  Sketch sketch;
  for (const double value : *observations) sketch.Insert(value);
  return sketch;
}

absl::StatusOr<std::optional<Sketch>> ReadWindow(const Json& object, std::optional<TailedTotals>* totals) {
  const auto window = ParseWindow(object);
  if (!window.ok()) return window.status();
  const auto before = *totals;
  *totals = window->totals;
  if (!before || window->totals.count < before->count) {  // the first line, or a restart
    if (window->count == 0) return std::nullopt;
    return Spread(*window, window->count);
  }
  const std::uint64_t count = window->totals.count - before->count;
  const double sum = window->totals.sum - before->sum;
  if (count == 0 || !std::isfinite(sum)) return std::nullopt;
  if (window->count == 0) {  // observed and gone again between the lines: the mean is all there is
    Sketch sketch;
    sketch.Insert(sum / static_cast<double>(count), count);
    return sketch;
  }
  const Sketch shape = Spread(*window, count);
  Sketch sketch;
  const absl::Status status =
      Sketch::FromParts(shape.scale(), shape.zero_count(), shape.positive(), shape.negative(), shape.count(),
                        sum, shape.min(), shape.max(), &sketch);
  if (!status.ok()) return status;
  return sketch;
}

}  // namespace obs
