#include "common/progress.h"

#include <cstdio>

#include "fmt/format.h"

namespace obs::cli {

// "\r" goes to the line's begin, "\x1B[K" deletes from there to its end.

void Progress::Show(std::string_view text) {
  if (!enabled_) return;
  const std::lock_guard lock(mutex_);
  fmt::print(stderr, "\r{}\x1B[K", text);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::Clear() {
  const std::lock_guard lock(mutex_);
  if (shown_) fmt::print(stderr, "\r\x1B[K");
  shown_ = false;
}

}  // namespace obs::cli
