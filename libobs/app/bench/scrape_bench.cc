#include <algorithm>
#include <optional>
#include <string_view>

#include "app/bench/bench.h"
#include "app/bench/load_generator.h"
#include "app/bench/peer_page.h"
#include "app/bench/run_meter.h"
#include "app/bench/scraper.h"
#include "app/bench/target.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

void AddPeer(const Latencies& peer, const PeerPage::Written& last, const Latencies& ours,
             FigureList& figures) {
  const double peer_ms = peer.Summary().p50_ms;
  figures.Add("prometheus_cpp_exposition_ms", "prometheus-cpp, writing its page", peer_ms,
              FigureUnit::kMillis);
  figures.Add("prometheus_cpp_bytes", "prometheus-cpp, page", static_cast<double>(last.bytes),
              FigureUnit::kBytes);
  figures.Add("ratio", "ratio", peer_ms / ours.Summary().p50_ms, FigureUnit::kRatio);
}

}  // namespace

absl::StatusOr<BenchReport> RunScrapeBench(const ScrapeBenchOptions& options, const BenchSetup& setup) {
  const auto target = BenchTarget::Open(setup.target, ArgumentsForSeries(options.series));
  if (!target.ok()) return target.status();
  setup.progress("scrape: sending the series");
  auto load = LoadGenerator::Start({.series = options.series, .streams = 1}, **target, setup.interrupted);
  if (!load.ok()) return load.status();

  BenchReport report{.bench = "scrape"};
  Scraper scraper(**target);
  const auto first = scraper.Scrape();
  if (!first.ok()) return first.status();

  std::optional<PeerPage> peer;
  if (options.beside_prometheus_cpp) peer.emplace(options.series);
  PeerPage::Written peer_last;
  Latencies whole, written, peer_written;
  ScrapeResult last = *first;
  RunMeter meter(**target);
  if (absl::Status status = meter.Begin(); !status.ok()) return status;
  for (int i = 0; i < options.scrapes; ++i) {
    setup.progress(fmt::format("scrape: {} of {}", i + 1, options.scrapes));
    // New values, so that nothing can be had from the scrape before.
    if (absl::Status status = (*load)->SendRound(setup.interrupted); !status.ok()) return status;
    auto scrape = scraper.Scrape();
    if (!scrape.ok()) return scrape.status();
    last = *scrape;
    whole.Record(last.total_ns);
    written.Record(last.written_ns);
    if (last.bench_series < options.series) {
      report.Blame(fmt::format("scrape {} has {} of {} series", i + 1, last.bench_series, options.series));
    }
    if (peer) {
      peer->Advance();
      peer_last = peer->Write();
      peer_written.Record(peer_last.nanos);
    }
  }
  const LoadGenerator::Outcome outcome = (*load)->Stop();
  if (absl::Status status = meter.End(); !status.ok()) return status;
  (*load)->Check(outcome, meter.after(), report);

  FigureList& figures = report.figures;
  figures.AddCount("series", "series", options.series);
  figures.AddCount("scrapes", "scrapes", static_cast<std::uint64_t>(options.scrapes));
  figures.Add("scrape_bytes", "page", static_cast<double>(last.bytes), FigureUnit::kBytes);
  figures.Add("scrape_ms", "scrape over HTTP, median", whole.Summary().p50_ms, FigureUnit::kMillis);
  figures.AddLatency("scrape", "scrape over HTTP", whole.Summary());
  figures.Add("exposition_ms", "of that, writing the page", written.Summary().p50_ms, FigureUnit::kMillis);
  if (peer) AddPeer(peer_written, peer_last, written, figures);
  figures.Add("first_scrape_ms", "first scrape", static_cast<double>(first->total_ns) / kNanosPerMilli,
              FigureUnit::kMillis);
  meter.AddServer(figures);
  return report;
}

}  // namespace obs
