#include "app/bench/scraper.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

#include "base/clock.h"
#include "fmt/format.h"
#include "http/url.h"

namespace obs {
namespace {

constexpr std::int64_t kTimeoutNs = 60 * kNanosPerSecond;
constexpr std::size_t kMinRoom = 256 * 1024;
constexpr std::string_view kBenchPrefix = "bench_";
constexpr std::string_view kWritten = "telemetry_scrape_duration_seconds ";

}  // namespace

ScrapeResult ReadPage(std::string_view page) {
  ScrapeResult result{.bytes = page.size()};
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size() - 1);
    const std::string_view line = page.substr(0, end);
    page.remove_prefix(end + 1);
    if (line.starts_with(kBenchPrefix)) {
      ++result.bench_series;
    } else if (line.starts_with(kWritten)) {
      double seconds = 0;
      std::from_chars(line.data() + kWritten.size(), line.data() + line.size(), seconds);
      result.written_ns = static_cast<std::int64_t>(seconds * kNanosPerSecond);
    }
  }
  return result;
}

absl::StatusOr<ScrapeResult> Scraper::Scrape() {
  const auto url = Url::Parse(target_.metrics_url());
  if (!url.ok()) return url.status();
  const Clock& clock = Clock::System();
  const std::int64_t start_ns = clock.MonotonicNanos();
  auto connection = TcpConnection::Connect(*url, kTimeoutNs);
  if (!connection.ok()) return connection.status();
  const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                                          url->target, url->HostAndPort());
  if (absl::Status status = connection->Send(request); !status.ok()) return status;
  const auto size = ReceiveAll(*connection);
  const std::int64_t end_ns = clock.MonotonicNanos();
  if (!size.ok()) return size.status();

  const auto answer = std::string_view(buffer_.data(), *size);
  const std::size_t head_end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200") || head_end == answer.npos) {
    return absl::UnavailableError(
        fmt::format("{} answered \"{}\"", target_.metrics_url(), answer.substr(0, answer.find('\r'))));
  }
  ScrapeResult result = ReadPage(answer.substr(head_end + 4));
  result.total_ns = end_ns - start_ns;
  return result;
}

// Fills `buffer_` from its begin; returns how far.
absl::StatusOr<std::size_t> Scraper::ReceiveAll(TcpConnection& connection) {
  for (std::size_t size = 0;;) {
    if (buffer_.size() - size < kMinRoom) buffer_.resize(2 * buffer_.size() + kMinRoom);
    const auto n = connection.Receive(std::span(buffer_).subspan(size));
    if (!n.ok()) return n.status();
    if (*n == 0) return size;
    size += *n;
  }
}

}  // namespace obs
