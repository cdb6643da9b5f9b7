// Reads many connections in one thread and counts the WebSocket frames that come.
//
// Thread safety: Add() by one thread, the rest by any.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "app/bench/frame_counter.h"
#include "base/mutex.h"

namespace obs {

class SocketReader {
 public:
  SocketReader();
  // Closes all connections.
  ~SocketReader();
  SocketReader(const SocketReader&) = delete;
  SocketReader& operator=(const SocketReader&) = delete;

  // Takes over `fd`, of which `received` was read already.
  void Add(int fd, std::string_view received);

  // Sums over all connections.
  FrameCounts counts() const;
  // Connections that the other side has ended.
  std::uint64_t lost() const;

 private:
  struct Connection {
    int fd;
    FrameCounter counter;
  };

  void Run();
  // False once the connection is over.
  bool Read(Connection& connection, std::vector<char>& buffer);

  const int epoll_fd_;
  const int stop_fd_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> connections_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace obs
