// Watches an aggregator for as long as assertions take to be decided.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "app/check/assertion.h"
#include "app/check/context.h"
#include "app/check/result.h"

namespace obs {

// They are judged together, once a second and first after one. An assertion that fails is decided, unless
// `wait_until_ns` (monotonic) is still to come: then it has to hold from later on. A connection that breaks
// decides them all. `tell` hears now and then what is waited for.
std::vector<CheckResult> CheckAssertions(CheckContext& context, std::int64_t wait_until_ns,
                                         const std::function<void(std::string_view)>& tell);

}  // namespace obs
