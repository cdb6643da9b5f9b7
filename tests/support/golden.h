// Compares what a test made with a file that holds what it should make. With OBS_UPDATE_GOLDEN set, writes
// the file instead: then read the difference before committing it.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace obs {

// `path`: below tests/.
inline void ExpectGolden(const std::string& path, const std::string& actual) {
  const std::string full_path = std::string(OBS_TEST_DIR) + "/" + path;
  if (std::getenv("OBS_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(full_path) << actual;
    return;
  }
  std::ifstream file(full_path);
  ASSERT_TRUE(file) << "no golden file " << full_path;
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(expected.str(), actual) << "differs from " << full_path;
}

}  // namespace obs
