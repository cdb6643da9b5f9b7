#include "app/check/options.h"

#include <algorithm>
#include <string_view>

#include "app/aggregator_address.h"
#include "app/check/assertion.h"
#include "app/check/checks.h"
#include "fmt/format.h"
#include "http/url.h"
#include "wire/text_cursor.h"

namespace obs {
namespace {

absl::Status CheckUrl(std::string_view option, std::string_view text) {
  const auto url = Url::Parse(text);
  if (!url.ok()) return absl::InvalidArgumentError(fmt::format("{}: {}", option, WordsOf(url.status())));
  if (url->scheme == "http") return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}: bad URL \"{}\": it does not start with http://", option, text));
}

// A base URL, to which paths are added.
absl::Status CheckBaseUrl(std::string_view option, std::string_view text) {
  if (absl::Status status = CheckUrl(option, text); !status.ok()) return status;
  if (text.find_first_of("?#") == std::string_view::npos) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("{}: bad URL \"{}\": it has a query", option, text));
}

absl::Status CheckAddresses(const CheckOptions& options) {
  if (absl::Status status = CheckBaseUrl("--url", options.url); !status.ok()) return status;
  if (!options.metrics_url.empty()) {
    if (absl::Status status = CheckUrl("--metrics-url", options.metrics_url); !status.ok()) return status;
  }
  if (!options.prometheus_url.empty()) {
    if (absl::Status status = CheckBaseUrl("--prometheus", options.prometheus_url); !status.ok())
      return status;
  }
  return options.grpc.empty() ? absl::OkStatus() : CheckAggregatorAddress(options.grpc);
}

}  // namespace

absl::Status CheckTheOptions(const CheckOptions& options) {
  if (absl::Status status = CheckAddresses(options); !status.ok()) return status;
  for (const std::string& node : options.expect_nodes) {
    if (node.empty() || node.front() == '/' || node.back() == '/') {
      return absl::InvalidArgumentError(
          fmt::format("--expect-node: {} is not SERVICE/INSTANCE or SERVICE", Quoted(node)));
    }
  }
  const std::vector<std::string> names = CheckNames();
  for (const std::string& name : options.skip) {
    if (std::ranges::find(names, name) != names.end() && name != names.front()) continue;
    return absl::InvalidArgumentError(fmt::format("--skip: no check {} that can be left out; there are {}",
                                                  Quoted(name),
                                                  fmt::join(names.begin() + 1, names.end(), ", ")));
  }
  for (const std::string& text : options.assertions) {
    if (const auto assertion = Assertion::Parse(text); !assertion.ok()) return assertion.status();
  }
  if (options.for_ns > 0 && options.assertions.empty()) {
    return absl::InvalidArgumentError("--for is of --assert, which is missing");
  }
  if (options.timeout_ns <= 0) return absl::InvalidArgumentError("--timeout must be above 0");
  return absl::OkStatus();
}

std::string DefaultHttpUrl(const char* aggregator_address) {
  std::string_view host = aggregator_address == nullptr ? "" : aggregator_address;
  const std::size_t colon = host.rfind(':');
  // Not one within an IPv6 address.
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  return fmt::format("http://{}:8080", host.empty() ? "localhost" : host);
}

}  // namespace obs
