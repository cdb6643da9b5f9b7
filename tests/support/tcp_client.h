// A plain TCP client that says exactly what a test wants said. Blocking; every wait ends after 20 s with a
// failure, so a broken server fails a test and never hangs it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace obs::testing {

class TcpClient {
 public:
  // `receive_buffer`: bytes the kernel may hold for a client that does not read; 0: its default.
  explicit TcpClient(std::uint16_t port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    if (port != 0) Connect(port);
  }
  ~TcpClient() { Close(); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  void Connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << errno;
  }

  // False if the peer has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void HalfClose() { ::shutdown(fd_, SHUT_WR); }

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // What comes up to and including `end`, or up to the close.
  std::string ReadUntil(std::string_view end) {
    std::string text = std::move(pending_);
    pending_.clear();
    std::size_t at;
    while ((at = text.find(end)) == std::string::npos) {
      if (!ReadSome(&text)) return text;
    }
    pending_ = text.substr(at + end.size());
    text.resize(at + end.size());
    return text;
  }

  std::string ReadExactly(std::size_t bytes) {
    std::string text = std::move(pending_);
    pending_.clear();
    while (text.size() < bytes) {
      if (!ReadSome(&text)) return text;
    }
    pending_ = text.substr(bytes);
    text.resize(bytes);
    return text;
  }

  // What comes until the peer closes or resets.
  std::string ReadAll() {
    std::string text = std::move(pending_);
    pending_.clear();
    while (ReadSome(&text)) {
    }
    return text;
  }

  // Head and body of one response that has a Content-Length.
  std::string ReadResponse() {
    std::string response = ReadUntil("\r\n\r\n");
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = response.find(kLength);
    if (at == std::string::npos) return response;
    return response + ReadExactly(std::stoul(response.substr(at + kLength.size())));
  }

 private:
  // False at the end.
  bool ReadSome(std::string* text) {
    pollfd waiting = {fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 20'000) != 1) {
      ADD_FAILURE() << "the peer neither answered nor closed; so far: " << text->substr(0, 1000);
      return false;
    }
    char buffer[65536];
    const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
    if (got <= 0) return false;
    text->append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  std::string pending_;
};

}  // namespace obs::testing
