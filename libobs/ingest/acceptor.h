// Listens on a TCP port in gRPC's place: gRPC 1.51 stops listening for good once a connection comes for which
// the process has no file descriptor left.
//
// Thread safety: Listen(), Start() and Stop() by one thread. Ownership: whoever is handed a connection closes
// it. When out of descriptors: connections wait in the system's backlog, and it tries again until there are
// some.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

class Acceptor {
 public:
  // `host`: a name or address; of a name, every address. `port`: 0: a free one. Connections wait until
  // Start(). Errors: UNAVAILABLE, with what the system said.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Listen(const std::string& host, std::uint16_t port);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  std::uint16_t port() const { return port_; }

  // How often it found no descriptor for a connection.
  std::uint64_t errors() const { return errors_; }

  // Hands over every connection, not blocking and without delay, from a thread of its own.
  void Start(std::function<void(int fd)> on_connection);
  // Frees the port, and hands over nothing more once it returns. Fine to call again.
  void Stop();

 private:
  Acceptor() = default;

  void Run();
  // Takes what waits on a listener. False if there is no descriptor for it.
  bool AcceptAll(int listener);

  std::vector<int> listeners_;
  std::uint16_t port_ = 0;
  int wake_[2] = {-1, -1};  // a pipe; closing its second end stops the thread
  std::function<void(int)> on_connection_;
  std::atomic<std::uint64_t> errors_{0};
  std::thread thread_;
};

}  // namespace obs
