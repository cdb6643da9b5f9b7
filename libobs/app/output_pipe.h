// Standard output, or whatever else, that may be a pipe whose reader is slow or goes away.
//
// Thread safety: one thread.
#pragma once

#include <functional>
#include <string_view>

#include "absl/status/status.h"

namespace obs {

class OutputPipe {
 public:
  // `interrupted` is asked about 20 times a second while a write has to wait. SIGPIPE is ignored.
  OutputPipe(int fd, std::function<bool()> interrupted) : fd_(fd), interrupted_(std::move(interrupted)) {}

  // Errors: ABORTED (the reader is gone: no reason to complain), CANCELLED (interrupted), DATA_LOSS (what the
  // system said).
  absl::Status Write(std::string_view bytes);

  // True if nobody will read what is written: the reader is gone, or there was none from the start.
  bool ReaderIsGone() const;

  int fd() const { return fd_; }

 private:
  const int fd_;
  const std::function<bool()> interrupted_;
};

}  // namespace obs
