#include "app/table_screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <ctime>

#include "fmt/chrono.h"
#include "fmt/format.h"

namespace obs {
namespace {

// Drawn at least this often, since ages go on.
constexpr std::int64_t kMaxDrawIntervalNs = 250 * kNanosPerMilli;

// Like other programs that fill the screen: on a screen of its own, so that what was there comes back.
constexpr std::string_view kTakeTerminal = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kGiveTerminalBack = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearToEndOfLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

// Each line overwrites the one before it in its place: nothing flickers.
std::string InPlace(std::string_view lines) {
  std::string out(kHome);
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    out += lines.substr(0, end);
    out += kClearToEndOfLine;
    lines.remove_prefix(end + 1);
    if (!lines.empty()) out += "\r\n";
  }
  return out += kClearBelow;
}

}  // namespace

TableScreen::TableScreen(const WatchOptions& options, OutputPipe& pipe, const Clock& clock)
    : options_(options), pipe_(pipe), clock_(clock), is_terminal_(::isatty(pipe.fd()) == 1) {}

void TableScreen::Show(const DecodedFrame& frame) {
  notice_.clear();
  skipped_ += frame.head.skipped;
  frame_us_ = frame.head.timestamp_us;
  frame_at_ns_ = clock_.MonotonicNanos();
  for (const auto& series : frame.gone) table_.Remove(*series);
  for (const LiveSample& sample : frame.samples) table_.Update(sample);
}

void TableScreen::Clear() {
  table_.Clear();
  drawn_ns_ = 0;
}

std::int64_t TableScreen::NowUs() const {
  if (frame_at_ns_ == 0) return clock_.NowNanos() / kNanosPerMicro;
  return frame_us_ + (clock_.MonotonicNanos() - frame_at_ns_) / kNanosPerMicro;
}

std::string TableScreen::Status() const {
  std::string out = fmt::format("{:%H:%M:%S}  {}  {} series",
                                fmt::localtime(static_cast<std::time_t>(NowUs() / kMicrosPerSecond)),
                                options_.url, table_.size());
  if (skipped_ > 0) out += fmt::format("  {} frames skipped", skipped_);
  if (!notice_.empty()) out += "  " + notice_;
  return out;
}

LiveTable::Look TableScreen::LookOfTerminal() const {
  LiveTable::Look look{.color = options_.color};
  winsize size{};
  if (::ioctl(pipe_.fd(), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    look.columns = size.ws_col;
    look.rows = size.ws_row;
  }
  return look;
}

absl::Status TableScreen::DrawIfDue() {
  const std::int64_t now_ns = clock_.MonotonicNanos();
  const bool is_new = frame_at_ns_ > drawn_ns_;
  if (!is_terminal_ || (!is_new && now_ns - drawn_ns_ < kMaxDrawIntervalNs)) return absl::OkStatus();
  drawn_ns_ = now_ns;
  std::string out;
  if (!taken_) out += kTakeTerminal;
  taken_ = true;
  out += InPlace(table_.Render(Status(), NowUs(), LookOfTerminal()));
  return pipe_.Write(out);
}

void TableScreen::Finish() {
  LiveTable::Look look;
  std::string out;
  if (is_terminal_) {
    look = LookOfTerminal();
    if (taken_) out += kGiveTerminalBack;
  } else {
    look = {.columns = 160, .rows = 0, .color = options_.color};
  }
  if (frame_at_ns_ > 0) out += table_.Render(Status(), NowUs(), look);
  pipe_.Write(out).IgnoreError();  // it ends anyhow
}

}  // namespace obs
