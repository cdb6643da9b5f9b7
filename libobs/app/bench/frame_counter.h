// Counts the frames in the bytes of one WebSocket connection, as a server sends them: JSON text frames, and
// control frames between them. Keeps no frame.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace obs {

struct FrameCounts {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  std::uint64_t skipped = 0;  // frames that the watcher was too slow for, as the frames say
  std::uint64_t lost = 0;     // numbers that are missing though no frame says so
  std::uint64_t doubled = 0;  // frames whose number is not above the one before
  std::uint64_t pings = 0;
  std::uint64_t closes = 0;

  void Add(const FrameCounts& other);
  void Subtract(const FrameCounts& earlier);
};

class FrameCounter {
 public:
  void Take(std::string_view bytes);

  const FrameCounts& counts() const { return counts_; }
  // Payload of pings that were not answered yet; the caller takes it.
  std::string pings;

 private:
  // Of a message, what is kept: its head, or a control frame's payload.
  static constexpr std::size_t kKeptBytes = 128;

  bool TakeHeader(std::string_view& bytes);
  void EndFrame();
  void LookAtHead();

  FrameCounts counts_;
  std::string header_;  // of the frame, as far as it is here
  std::uint8_t opcode_ = 0;
  std::uint64_t left_ = 0;  // of the payload
  bool in_payload_ = false;
  std::string kept_;
  std::uint64_t seq_ = 0;
};

}  // namespace obs
