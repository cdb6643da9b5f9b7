// The aggregator under load: one that runs already, or one started for the run.
//
// Thread safety: ReadStatus() from any thread, the rest from the one that opened it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "app/bench/options.h"
#include "app/bench/server_process.h"
#include "app/server_status.h"

namespace obs {

class BenchTarget {
 public:
  // `arguments` are for a server of our own. Errors: INVALID_ARGUMENT (an address), UNAVAILABLE,
  // UNAUTHENTICATED and so on, naming the address.
  static absl::StatusOr<std::unique_ptr<BenchTarget>> Open(const BenchTargetOptions& options,
                                                           const std::vector<std::string>& arguments = {});

  const std::string& grpc() const { return options_.grpc; }
  const std::string& http_url() const { return options_.http_url; }
  const std::string& metrics_url() const { return options_.metrics_url; }
  const std::string& api_key() const { return options_.api_key; }
  // "ws://HOST:PORT/ws".
  std::string live_url() const;

  absl::StatusOr<ServerStatus> ReadStatus() const;

  // Ends a server of our own as a crash would.
  void Kill() {
    if (server_ != nullptr) server_->Kill();
  }

 private:
  BenchTargetOptions options_;
  std::unique_ptr<ServerProcess> server_;  // null if it ran already
};

// What lets a server of our own take `series` of one key.
std::vector<std::string> ArgumentsForSeries(std::uint64_t series);

// "http://HOST:`port`", HOST being that of the HOST:PORT `grpc`.
std::string UrlOfSameHost(std::string_view grpc, int port);

}  // namespace obs
