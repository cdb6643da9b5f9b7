#include "app/bench/watcher_pool.h"

#include <sys/resource.h>

#include <array>
#include <string_view>

#include "app/bench/tcp_connection.h"
#include "fmt/format.h"
#include "http/url.h"
#include "live/client.h"

namespace obs {
namespace {

constexpr std::size_t kMaxAnswerBytes = 16 * 1024;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

absl::Status Refusal(std::string_view answer, const std::string& where) {
  const std::string_view line = answer.substr(0, answer.find('\r'));
  const std::string text = fmt::format("{} refused a watcher: {}", where, line);
  if (line.find(" 401") != line.npos || line.find(" 403") != line.npos)
    return absl::UnauthenticatedError(text);
  if (line.find(" 503") != line.npos) return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

// Returns what came behind the answer.
absl::StatusOr<std::string> Upgrade(TcpConnection& connection, const std::string& request) {
  if (absl::Status status = connection.Send(request); !status.ok()) return status;
  std::string answer;
  std::array<char, 4096> buffer;
  while (answer.find(kHeadEnd) == answer.npos) {
    const auto n = connection.Receive(buffer);
    if (!n.ok()) return n.status();
    if (*n == 0 || answer.size() > kMaxAnswerBytes) {
      return absl::UnavailableError(fmt::format("no WebSocket handshake with {}", connection.peer()));
    }
    answer.append(buffer.data(), *n);
  }
  if (!answer.starts_with("HTTP/1.1 101")) return Refusal(answer, connection.peer());
  return answer.substr(answer.find(kHeadEnd) + kHeadEnd.size());
}

std::string RequestFor(const Url& url, const WatcherPoolOptions& options, const std::string& selector) {
  LiveClientOptions live;
  live.selectors = {selector};
  live.rate_hz = options.rate_hz;
  std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: b2JzLWJlbmNoLXdhdGNoZXI=\r\n",
      LiveTarget(url.target, live), url.HostAndPort());
  if (!options.api_key.empty()) request += fmt::format("Authorization: Bearer {}\r\n", options.api_key);
  return request + "\r\n";
}

}  // namespace

absl::StatusOr<std::unique_ptr<WatcherPool>> WatcherPool::Connect(const WatcherPoolOptions& options) {
  const auto url = Url::Parse(options.live_url);
  if (!url.ok()) return url.status();
  auto pool = std::make_unique<WatcherPool>();
  for (int i = 0; i < options.watchers; ++i) {
    const std::string& selector = options.selectors[static_cast<std::size_t>(i) % options.selectors.size()];
    auto connection = TcpConnection::Connect(*url);
    if (!connection.ok()) return connection.status();
    const auto rest = Upgrade(*connection, RequestFor(*url, options, selector));
    if (!rest.ok()) return rest.status();
    pool->reader_.Add(connection->Take(), *rest);
  }
  return pool;
}

void CheckFrames(const FrameCounts& counts, std::uint64_t lost_watchers, BenchReport& report) {
  if (counts.lost + counts.doubled != 0) {
    report.Blame(fmt::format("{} frames lost, {} doubled", counts.lost, counts.doubled));
  }
  if (lost_watchers != 0) report.Blame(fmt::format("{} watchers were cut off", lost_watchers));
  if (counts.frames == 0) report.Blame("no frame came");
}

void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace obs
