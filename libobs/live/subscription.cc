#include "live/subscription.h"

#include <algorithm>
#include <charconv>

#include "base/units.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

absl::Status Invalid(std::string_view field, std::string_view problem) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, problem));
}

absl::Status SetSelectors(const std::vector<std::string>& texts, Subscription* out) {
  if (texts.size() > kMaxLiveSelectors) {
    return Invalid("match",
                   fmt::format("{} selectors; at most {} are allowed", texts.size(), kMaxLiveSelectors));
  }
  std::vector<Selector> selectors;
  for (const std::string& text : texts) {
    auto selector = Selector::Parse(text);
    if (!selector.ok()) {
      const absl::string_view message = selector.status().message();
      return Invalid("match", std::string_view(message.data(), message.size()));
    }
    selectors.push_back(*std::move(selector));
  }
  std::sort(selectors.begin(), selectors.end(),
            [](const Selector& a, const Selector& b) { return a.text() < b.text(); });
  selectors.erase(std::unique(selectors.begin(), selectors.end(),
                              [](const Selector& a, const Selector& b) { return a.text() == b.text(); }),
                  selectors.end());
  out->selectors = std::move(selectors);
  return absl::OkStatus();
}

absl::Status SetRate(std::int64_t rate_hz, Subscription* out) {
  if (rate_hz < 1 || rate_hz > kMaxLiveRateHz) {
    return Invalid("rate", fmt::format("{} is not from 1 to {} frames a second", rate_hz, kMaxLiveRateHz));
  }
  out->rate_hz = static_cast<int>(rate_hz);
  return absl::OkStatus();
}

absl::Status SetRate(std::string_view text, Subscription* out) {
  std::int64_t rate_hz = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate_hz);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Invalid("rate", fmt::format("\"{}\" is not a whole number from 1 to {}", text, kMaxLiveRateHz));
  }
  return SetRate(rate_hz, out);
}

absl::Status SetSince(std::string_view text, Subscription* out) {
  const auto nanos = ParseDurationNanos(text);
  if (!nanos.ok()) {
    const absl::string_view message = nanos.status().message();
    return Invalid("since", std::string_view(message.data(), message.size()));
  }
  out->since_ns = *nanos;
  return absl::OkStatus();
}

absl::Status SetFormat(std::string_view text, Subscription* out) {
  if (text == "json") {
    out->format = LiveFormat::kJson;
  } else if (text == "binary") {
    out->format = LiveFormat::kBinary;
  } else {
    return Invalid("format", fmt::format("\"{}\" is not json or binary", text));
  }
  return absl::OkStatus();
}

absl::Status SetSelectors(const nlohmann::json& value, Subscription* out) {
  std::vector<std::string> texts;
  if (value.is_string()) {
    texts.push_back(value.get<std::string>());
  } else if (value.is_array() && !value.empty()) {
    for (const nlohmann::json& text : value) {
      if (!text.is_string()) return Invalid("match", "an array of selectors holds strings only");
      texts.push_back(text.get<std::string>());
    }
  } else {
    return Invalid("match", "expected an array of at least one selector");
  }
  return SetSelectors(texts, out);
}

absl::Status SetField(const std::string& name, const nlohmann::json& value, Subscription* out) {
  if (name == "match") return SetSelectors(value, out);
  if (name == "rate") {
    if (!value.is_number_integer()) return Invalid("rate", "expected a whole number");
    return SetRate(value.get<std::int64_t>(), out);
  }
  if (name == "since" || name == "format") {
    if (!value.is_string()) return Invalid(name, "expected a string");
    const auto& text = value.get_ref<const std::string&>();
    return name == "since" ? SetSince(text, out) : SetFormat(text, out);
  }
  return absl::InvalidArgumentError(
      fmt::format("unknown field \"{}\"; known are match, rate, since and format", name));
}

}  // namespace

std::string Subscription::GroupKey() const {
  std::string key = fmt::format("{} {}", rate_hz, format == LiveFormat::kJson ? "json" : "binary");
  for (const Selector& selector : selectors)
    key += fmt::format("\n{} {}", selector.text().size(), selector.text());
  return key;
}

bool Subscription::Matches(const SeriesIdentity& series) const {
  return std::any_of(selectors.begin(), selectors.end(),
                     [&](const Selector& selector) { return selector.Matches(series); });
}

absl::StatusOr<Subscription> SubscriptionFromQuery(
    const std::vector<std::pair<std::string, std::string>>& parameters) {
  Subscription out;
  std::vector<std::string> texts;
  for (const auto& [name, value] : parameters) {
    absl::Status status;
    if (name == "match") {
      texts.push_back(value);
    } else if (name == "rate") {
      status = SetRate(value, &out);
    } else if (name == "since") {
      status = SetSince(value, &out);
    } else if (name == "format") {
      status = SetFormat(value, &out);
    } else {
      status = absl::InvalidArgumentError(
          fmt::format("unknown parameter \"{}\"; known are match, rate, since and format", name));
    }
    if (!status.ok()) return status;
  }
  if (texts.empty()) texts.emplace_back("*");
  if (absl::Status status = SetSelectors(texts, &out); !status.ok()) return status;
  return out;
}

absl::StatusOr<Subscription> SubscriptionFromMessage(std::string_view json, const Subscription& current) {
  nlohmann::json message;
  try {
    message = nlohmann::json::parse(json);
  } catch (const nlohmann::json::parse_error& error) {
    return absl::InvalidArgumentError(fmt::format("not JSON: byte {}", error.byte));
  }
  if (!message.is_object()) {
    return absl::InvalidArgumentError("expected an object such as {\"match\":[\"*\"],\"rate\":60}");
  }
  Subscription out = current;
  out.since_ns = 0;
  for (const auto& [name, value] : message.items()) {
    if (absl::Status status = SetField(name, value, &out); !status.ok()) return status;
  }
  return out;
}

}  // namespace obs
