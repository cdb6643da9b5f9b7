// One line on stderr that is written over again and again, to show how far long work has come.
//
// Thread safety: any thread may call any method.
#pragma once

#include <mutex>
#include <string_view>

namespace obs::cli {

class Progress {
 public:
  explicit Progress(bool enabled) : enabled_(enabled) {}
  ~Progress() { Clear(); }

  void Show(std::string_view text);

  // Takes the line away, so that something else can be printed.
  void Clear();

 private:
  const bool enabled_;
  std::mutex mutex_;
  bool shown_ = false;
};

}  // namespace obs::cli
