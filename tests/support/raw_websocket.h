// A WebSocket client that does exactly what it is told, right or wrong: it answers no ping, masks or not, and
// reads when asked to. Blocking, with a deadline on every wait.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace obs {

class RawWebSocket {
 public:
  struct Frame {
    int opcode = 0;
    std::string payload;

    // Of a close frame.
    int close_code() const {
      if (payload.size() < 2) return 0;
      return static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    }
  };

  // `receive_buffer_bytes`: 0 for the system's choice.
  explicit RawWebSocket(std::uint16_t port, int receive_buffer_bytes = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~RawWebSocket() { ::close(fd_); }
  RawWebSocket(const RawWebSocket&) = delete;
  RawWebSocket& operator=(const RawWebSocket&) = delete;

  void Send(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  // Sends the handshake and returns the head of the answer. `headers`: whole lines.
  std::string Handshake(const std::string& target = "/ws", const std::string& headers = "") {
    Send("GET " + target +
         " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         headers + "\r\n");
    while (received_.find("\r\n\r\n") == std::string::npos) {
      if (!Receive()) return received_;
    }
    const std::size_t end = received_.find("\r\n\r\n") + 4;
    std::string head = received_.substr(0, end);
    received_.erase(0, end);
    return head;
  }

  // Masks with a key of zeros, which leaves the payload readable.
  void SendFrame(int opcode, std::string_view payload, bool fin = true, bool masked = true) {
    std::string out;
    out += static_cast<char>((fin ? 0x80 : 0) | opcode);
    const int mask_bit = masked ? 0x80 : 0;
    if (payload.size() < 126) {
      out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
    } else {
      out += static_cast<char>(mask_bit | 127);
      for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
    }
    if (masked) out.append(4, '\0');
    out += payload;
    Send(out);
  }

  // The next frame, or nullopt if the connection ended or nothing came in time.
  std::optional<Frame> ReadFrame() {
    std::size_t header = 2;
    if (!Need(header)) return std::nullopt;
    std::uint64_t size = static_cast<unsigned char>(received_[1]) & 0x7F;
    const std::size_t extended = size == 126 ? 2 : size == 127 ? 8 : 0;
    header += extended;
    if (!Need(header)) return std::nullopt;
    if (extended > 0) size = 0;
    for (std::size_t i = 0; i < extended; ++i)
      size = size << 8 | static_cast<unsigned char>(received_[2 + i]);
    if (!Need(header + size)) return std::nullopt;
    Frame frame{received_[0] & 0x0F, received_.substr(header, size)};
    EXPECT_EQ(received_[0] & 0xF0, 0x80) << "frames come whole and without extensions";
    received_.erase(0, header + size);
    return frame;
  }

  // True if the peer ends the connection in time. What comes before that is dropped.
  bool Ended() {
    while (Receive()) received_.clear();
    return ended_;
  }

 private:
  bool Need(std::size_t bytes) {
    while (received_.size() < bytes) {
      if (!Receive()) return false;
    }
    return true;
  }

  bool Receive() {
    pollfd wait{fd_, POLLIN, 0};
    constexpr int kTimeoutMs = 10'000;
    if (ended_ || ::poll(&wait, 1, kTimeoutMs) <= 0) return false;
    char buffer[65536];
    const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
    ended_ = size <= 0;
    if (!ended_) received_.append(buffer, static_cast<std::size_t>(size));
    return !ended_;
  }

  int fd_;
  std::string received_;
  bool ended_ = false;
};

}  // namespace obs
