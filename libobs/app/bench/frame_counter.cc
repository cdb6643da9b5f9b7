#include "app/bench/frame_counter.h"

#include <algorithm>
#include <charconv>

namespace obs {
namespace {

constexpr std::uint8_t kText = 1, kBinary = 2, kClose = 8, kPing = 9;

// The number behind `key` in `text`; 0 if it is not there.
std::uint64_t NumberAfter(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  std::uint64_t number = 0;
  if (at != std::string_view::npos) {
    std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
  }
  return number;
}

}  // namespace

void FrameCounts::Add(const FrameCounts& other) {
  frames += other.frames;
  bytes += other.bytes;
  skipped += other.skipped;
  lost += other.lost;
  doubled += other.doubled;
  pings += other.pings;
  closes += other.closes;
}

void FrameCounts::Subtract(const FrameCounts& earlier) {
  frames -= earlier.frames;
  bytes -= earlier.bytes;
  skipped -= earlier.skipped;
  lost -= earlier.lost;
  doubled -= earlier.doubled;
  pings -= earlier.pings;
  closes -= earlier.closes;
}

void FrameCounter::Take(std::string_view bytes) {
  counts_.bytes += bytes.size();
  while (!bytes.empty()) {
    if (!in_payload_) {
      if (!TakeHeader(bytes)) return;
      if (!in_payload_) continue;  // a frame of nothing else, such as a ping
    }
    const std::size_t here = std::min<std::uint64_t>(left_, bytes.size());
    kept_.append(bytes.substr(0, std::min(here, kKeptBytes - kept_.size())));
    bytes.remove_prefix(here);
    left_ -= here;
    if (left_ > 0) return;
    EndFrame();
  }
}

// Takes the header from the front of `bytes`; false if it is not all here.
bool FrameCounter::TakeHeader(std::string_view& bytes) {
  const auto take = [&](std::size_t size) {
    const std::size_t missing = size - std::min(size, header_.size());
    header_.append(bytes.substr(0, missing));
    bytes.remove_prefix(std::min(missing, bytes.size()));
    return header_.size() >= size;
  };
  if (!take(2)) return false;
  const std::uint8_t short_size = static_cast<std::uint8_t>(header_[1]) & 0x7f;
  const std::size_t extra = short_size == 126 ? 2 : short_size == 127 ? 8 : 0;
  if (!take(2 + extra)) return false;
  left_ = extra == 0 ? short_size : 0;
  for (std::size_t i = 2; i < 2 + extra; ++i) left_ = left_ << 8 | static_cast<std::uint8_t>(header_[i]);
  opcode_ = static_cast<std::uint8_t>(header_[0]) & 0x0f;
  header_.clear();
  kept_.clear();
  in_payload_ = left_ > 0;
  if (!in_payload_) EndFrame();
  return true;
}

void FrameCounter::EndFrame() {
  in_payload_ = false;
  switch (opcode_) {
    case kText:
    case kBinary: LookAtHead(); break;
    case kPing:
      ++counts_.pings;
      pings = kept_;
      break;
    case kClose: ++counts_.closes; break;
    default: break;
  }
}

void FrameCounter::LookAtHead() {
  ++counts_.frames;
  const std::string_view head = std::string_view(kept_).substr(0, kept_.find('['));
  const std::uint64_t seq = NumberAfter(head, "\"seq\":");
  const std::uint64_t skipped = NumberAfter(head, "\"skipped\":");
  counts_.skipped += skipped;
  if (seq <= seq_) {
    ++counts_.doubled;
  } else if (seq - seq_ - 1 > skipped) {
    counts_.lost += seq - seq_ - 1 - skipped;
  }
  seq_ = std::max(seq, seq_);
}

}  // namespace obs
