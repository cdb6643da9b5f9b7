// The address of an aggregator's gRPC port, as clients are told it.
//
// Thread safety: pure functions.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace obs {

// OK for HOST:PORT with a port from 1 to 65535; an IPv6 address stands in brackets.
// Errors: INVALID_ARGUMENT, quoting the text and showing a valid one.
absl::Status CheckAggregatorAddress(std::string_view address);

}  // namespace obs
