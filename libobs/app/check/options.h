// What obs-check is asked to check.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "obs/export.h"

namespace obs {

struct CheckOptions {
  std::string url = "http://localhost:8080";
  // "": the port that the aggregator names, on the host of `url`.
  std::string grpc;
  std::string metrics_url;
  std::string prometheus_url;  // "": is not checked
  std::string api_key;

  std::vector<std::string> expect_nodes;  // SERVICE or SERVICE/INSTANCE
  std::uint64_t min_nodes = 2;
  std::int64_t max_skew_ns = kNanosPerSecond;  // of a node's clock
  std::vector<std::string> skip;               // names of checks

  // With assertions, only what is asked for beside them is checked: nodes that are expected, Prometheus.
  std::vector<std::string> assertions;
  std::int64_t for_ns = 0;

  std::int64_t wait_ns = 0;                        // tries again for so long what failed
  std::int64_t timeout_ns = 30 * kNanosPerSecond;  // for everything, beside `wait_ns` and `for_ns`
};

// The names of all checks but the assertions.
OBS_EXPORT std::vector<std::string> CheckNames();

// Errors: INVALID_ARGUMENT for a URL, an address, an assertion or a name that is none.
absl::Status CheckTheOptions(const CheckOptions& options);

// "http://localhost:8080" for the gRPC address HOST:PORT of an aggregator; null or "": that of localhost.
OBS_EXPORT std::string DefaultHttpUrl(const char* aggregator_address);

}  // namespace obs
