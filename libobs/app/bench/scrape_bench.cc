#include <algorithm>
#include <string_view>

#include "app/bench/bench.h"
#include "app/bench/load_generator.h"
#include "app/bench/run_meter.h"
#include "app/bench/scraper.h"
#include "app/bench/target.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {

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

  Latencies whole, written;
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
  figures.Add("first_scrape_ms", "first scrape", static_cast<double>(first->total_ns) / kNanosPerMilli,
              FigureUnit::kMillis);
  meter.AddServer(figures);
  return report;
}

}  // namespace obs
