#include "agent/producer_id.h"

#include <random>

#include "fmt/format.h"

namespace obs {

std::string RandomProducerId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

}  // namespace obs
