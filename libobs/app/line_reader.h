// Reads lines from a file descriptor: fast from a file, prompt from a pipe, bounded whatever comes.
//
//   while (reader.WaitForInput(timeout) == LineReader::Input::kReady) {
//     reader.Read();
//     while (const auto line = reader.Next()) ...
//   }
//
// Thread safety: one thread reads; any thread may call Cancel().
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace obs {

class LineReader {
 public:
  // No line is handed out that is longer. A longest series, all limits used up and every byte escaped, is
  // below it.
  static constexpr std::size_t kMaxLineBytes = 256 * 1024;

  enum class Input { kReady, kTimeout, kCancelled };

  struct Line {
    std::string_view text;     // without its end, "\n" or "\r\n"; lives until the next Read()
    std::uint64_t number = 0;  // from 1
    bool too_long = false;     // then `text` is its beginning, and the rest is skipped
  };

  // Does not own `fd`. No line is handed out that is longer than `max_line_bytes`.
  LineReader(int fd, std::size_t max_line_bytes);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Waits until Read() would not block, at most `timeout_nanos` (negative: for ever).
  Input WaitForInput(std::int64_t timeout_nanos);

  // Reads once. Errors: what the system said.
  absl::Status Read();

  // The next line that is there as a whole; at the end of input also the last one, ended or not.
  std::optional<Line> Next();

  bool at_end() const { return at_end_; }

  // Makes the WaitForInput() under way and all later ones return kCancelled.
  void Cancel();

 private:
  std::string_view Pending() const { return {buffer_.data() + begin_, end_ - begin_}; }
  Line TakeLine(std::size_t bytes_with_end, bool too_long);

  const int fd_;
  const std::size_t max_line_bytes_;
  int cancel_fds_[2];  // a pipe: what is cancelled can be read from the first
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what was not handed out yet
  std::size_t end_ = 0;
  std::uint64_t lines_ = 0;
  bool skipping_ = false;  // the rest of a line that was too long
  bool at_end_ = false;
};

}  // namespace obs
