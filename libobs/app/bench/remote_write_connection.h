// One connection to a server that takes Prometheus's remote write: HTTP/1.1, kept alive, one request at a
// time.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/bench/tcp_connection.h"
#include "http/url.h"

namespace obs {

class RemoteWriteConnection {
 public:
  // Errors: UNAVAILABLE, naming host and port.
  static absl::StatusOr<RemoteWriteConnection> Connect(const Url& url);

  // Sends `request`, a WriteRequest as a block of Snappy. Errors: UNAVAILABLE.
  absl::Status Send(std::string_view request);

  // Waits for the answer to what was sent. Errors: FAILED_PRECONDITION with the server's words if it refused;
  // UNAVAILABLE or DEADLINE_EXCEEDED if it went away, said nothing or spoke no HTTP.
  absl::Status AwaitAnswer();

 private:
  RemoteWriteConnection(TcpConnection connection, const Url& url);

  TcpConnection connection_;
  std::string head_;  // up to the length's value
};

// Whether `text` begins with a whole answer, and which.
struct RemoteWriteAnswer {
  int status = 0;          // 0: there is more to come
  std::string_view words;  // the body
};
// Errors: UNAVAILABLE if it is no HTTP, or its end cannot be told.
absl::StatusOr<RemoteWriteAnswer> ParseRemoteWriteAnswer(std::string_view text);

}  // namespace obs
