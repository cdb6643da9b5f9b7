// An obs-aggregate of our own, on free ports, for as long as a run takes.
//
// Thread safety: one thread, which starts it and outlives it: the server is told to stop when that thread
// ends, however it ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

class ServerProcess {
 public:
  // Starts the obs-aggregate beside this program with `arguments` added, and waits until it is ready. What it
  // says goes on to our stderr. Errors: UNAVAILABLE, with its words.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::vector<std::string>& arguments);
  // Stops it, and waits until it is gone.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Ends it as a crash would.
  void Kill();

  // HOST:PORT each.
  const std::string& grpc() const { return grpc_; }
  const std::string& http() const { return http_; }
  const std::string& metrics() const { return metrics_; }
  // From the call of Start() until it was ready.
  std::int64_t started_in_ns() const { return started_in_ns_; }

 private:
  ServerProcess(pid_t pid, int stderr_fd) : pid_(pid), stderr_fd_(stderr_fd) {}

  absl::Status AwaitReady();

  const pid_t pid_;
  const int stderr_fd_;
  std::string grpc_, http_, metrics_;
  std::int64_t started_in_ns_ = 0;
  std::thread forwarder_;  // of what it says later
};

// What its ready line says: "obs-aggregate: ready grpc=HOST:PORT http=HOST:PORT metrics=HOST:PORT". False if
// `line` is something else.
bool ParseReadyLine(std::string_view line, std::string* grpc, std::string* http, std::string* metrics);

}  // namespace obs
