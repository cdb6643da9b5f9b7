#include "app/bench/remote_write_connection.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kPatienceNs = 30 * kNanosPerSecond;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

// -1 if it is none.
int NumberOf(std::string_view text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

// Of the header `name`, in lower case; empty if there is none.
std::string_view HeaderOf(std::string_view head, std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  for (std::size_t begin = head.find("\r\n"); begin != head.npos; begin = head.find("\r\n", begin)) {
    begin += 2;
    const std::string_view line = head.substr(begin, head.find("\r\n", begin) - begin);
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !std::ranges::equal(line.substr(0, colon), name, same)) continue;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return {};
}

}  // namespace

absl::StatusOr<RemoteWriteAnswer> ParseRemoteWriteAnswer(std::string_view text) {
  const std::size_t head_end = text.find(kHeadEnd);
  if (head_end == text.npos) return RemoteWriteAnswer{};
  const std::string_view head = text.substr(0, head_end);
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  const int status = head.starts_with(kVersion) ? NumberOf(head.substr(kVersion.size(), 3)) : -1;
  if (status < 100) {
    return absl::UnavailableError(fmt::format("answered \"{}\"", head.substr(0, head.find('\r'))));
  }
  constexpr int kNoContent = 204;
  const int length = status == kNoContent ? 0 : NumberOf(HeaderOf(head, "content-length"));
  if (length < 0) return absl::UnavailableError(fmt::format("answered {}, of unknown length", status));
  const std::string_view body = text.substr(head_end + kHeadEnd.size());
  if (body.size() < static_cast<std::size_t>(length)) return RemoteWriteAnswer{};
  return RemoteWriteAnswer{status, body.substr(0, static_cast<std::size_t>(length))};
}

RemoteWriteConnection::RemoteWriteConnection(TcpConnection connection, const Url& url)
    : connection_(std::move(connection)),
      head_(fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: obs-bench\r\nContent-Type: "
                        "application/x-protobuf\r\nContent-Encoding: snappy\r\n"
                        "X-Prometheus-Remote-Write-Version: 0.1.0\r\nContent-Length: ",
                        url.target, url.HostAndPort())) {}

absl::StatusOr<RemoteWriteConnection> RemoteWriteConnection::Connect(const Url& url) {
  auto connection = TcpConnection::Connect(url, kPatienceNs);
  if (!connection.ok()) return connection.status();
  return RemoteWriteConnection(*std::move(connection), url);
}

absl::Status RemoteWriteConnection::Send(std::string_view request) {
  const std::string head = fmt::format("{}{}{}", head_, request.size(), kHeadEnd);
  if (absl::Status status = connection_.Send(head); !status.ok()) return status;
  return connection_.Send(request);
}

absl::Status RemoteWriteConnection::AwaitAnswer() {
  std::string text;
  for (std::array<char, 4096> buffer;;) {
    const auto n = connection_.Receive(buffer);
    if (!n.ok()) return n.status();
    if (*n == 0) return absl::UnavailableError(connection_.peer() + " closed the connection");
    text.append(buffer.data(), *n);
    const auto answer = ParseRemoteWriteAnswer(text);
    if (!answer.ok()) {
      const absl::string_view words = answer.status().message();
      return absl::UnavailableError(
          fmt::format("{} {}", connection_.peer(), std::string_view(words.data(), words.size())));
    }
    if (answer->status == 0) continue;
    if (answer->status / 100 == 2) return absl::OkStatus();
    return absl::FailedPreconditionError(fmt::format("{} answered {}: {}", connection_.peer(), answer->status,
                                                     answer->words.substr(0, answer->words.find('\n'))));
  }
}

}  // namespace obs
