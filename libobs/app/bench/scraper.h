// Scrapes of /metrics, as Prometheus makes them, with what each took.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "app/bench/target.h"
#include "app/bench/tcp_connection.h"

namespace obs {

struct ScrapeResult {
  std::int64_t total_ns = 0;    // until the whole page was here
  std::int64_t written_ns = 0;  // what writing it took, by the aggregator's own word
  std::uint64_t bytes = 0;
  std::uint64_t bench_series = 0;  // lines of series that a load sent
};

// Reads what matters from a page; `total_ns` stays 0.
ScrapeResult ReadPage(std::string_view page);

class Scraper {
 public:
  explicit Scraper(const BenchTarget& target) : target_(target) {}

  // Errors: UNAVAILABLE or DEADLINE_EXCEEDED, naming the address.
  absl::StatusOr<ScrapeResult> Scrape();

 private:
  absl::StatusOr<std::size_t> ReceiveAll(TcpConnection& connection);

  const BenchTarget& target_;
  std::vector<char> buffer_;  // grows to the size of a page, and is used again
};

}  // namespace obs
