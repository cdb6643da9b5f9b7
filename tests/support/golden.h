// Compares what a test made with a file that holds what it should make. With OBS_UPDATE_GOLDEN set, writes
// the file instead: then read the difference before committing it.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "gtest/gtest.h"

namespace obs {

// Where a file of the tests lies. `path`: below tests/.
inline std::string TestPath(std::string_view path) {
  return fmt::format("{}/{}", OBS_TEST_DIR,
                     path);  // GCC 12 warns, wrongly, of a sum of strings if this is long
}

// `path`: below tests/.
inline void ExpectGolden(const std::string& path, const std::string& actual) {
  const std::string full_path = TestPath(path);
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
