// The id of a producer: random, so that no two have the same.
#pragma once

#include <string>

namespace obs {

std::string RandomProducerId();

}  // namespace obs
