// A LiveTable drawn again and again in the same place of a terminal; or, where there is no terminal, printed
// once at the end.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "app/live_table.h"
#include "app/output_pipe.h"
#include "app/watcher.h"
#include "base/clock.h"
#include "live/frame_decoder.h"

namespace obs {

class TableScreen {
 public:
  // All three outlive this.
  TableScreen(const WatchOptions& options, OutputPipe& pipe, const Clock& clock);

  // True if it draws on a terminal.
  bool drawing() const { return is_terminal_; }

  void Show(const DecodedFrame& frame);
  // For a new connection, whose first frame has everything.
  void Clear();
  // Shown beside the title until it is "".
  void SetNotice(std::string notice) { notice_ = std::move(notice); }

  // Errors: as OutputPipe::Write().
  absl::Status DrawIfDue();

  // Gives the terminal back, and leaves the last table there.
  void Finish();

 private:
  std::int64_t NowUs() const;
  std::string Status() const;
  LiveTable::Look LookOfTerminal() const;

  const WatchOptions& options_;
  OutputPipe& pipe_;
  const Clock& clock_;
  const bool is_terminal_;
  LiveTable table_;
  std::string notice_;
  std::uint64_t skipped_ = 0;
  std::int64_t frame_us_ = 0;     // the aggregator's time of the newest frame,
  std::int64_t frame_at_ns_ = 0;  // and when it came
  std::int64_t drawn_ns_ = 0;
  bool taken_ = false;  // the terminal
};

}  // namespace obs
