#include "app/self_metrics.h"

#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "buffer/family.h"
#include "obs/version.h"

namespace obs {
namespace {

constexpr std::array<double, 5> kQuantiles{0.5, 0.9, 0.95, 0.99, 0.999};

// Upper bounds of the latency histogram, in seconds.
constexpr std::array<double, 16> kLatencyBounds{0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06,
                                                0.1,   0.25,   0.5,   1,    2.5,  5,    10,   60};

void AddProcess(MetricFamilies& out, const AggregatorSnapshot& s) {
  out.Gauge("telemetry_build_info", "Constant 1, labelled with the version.")
      .Add(1, {{"version", Version()}});
  out.Gauge("telemetry_start_time_seconds", "Unix time at which the aggregator started.")
      .Add(static_cast<double>(s.start_time_ns) / 1e9);
  out.Counter("telemetry_process_cpu_seconds_total", "CPU time used by the aggregator.")
      .Add(s.process.cpu_seconds);
  out.Gauge("telemetry_process_resident_memory_bytes", "Resident memory of the aggregator.")
      .Add(static_cast<double>(s.process.resident_bytes));
  out.Gauge("telemetry_process_open_fds", "File descriptors that the aggregator holds.")
      .Add(static_cast<double>(s.process.open_fds));
}

void AddIngest(MetricFamilies& out, const IngestStats& ingest) {
  const auto count = [](std::uint64_t value) { return static_cast<double>(value); };
  out.Counter("telemetry_batches_total", "Well-formed batches received.").Add(count(ingest.batches));
  out.Counter("telemetry_ingest_bytes_total", "Bytes of all batches received.").Add(count(ingest.bytes));
  out.Counter("telemetry_refused_batches_total", "Batches refused whole, each of which ended its stream.")
      .Add(count(ingest.malformed_batches), {{"reason", "malformed"}})
      .Add(count(ingest.oversized_batches), {{"reason", "too_large"}})
      .Add(count(ingest.overloaded), {{"reason", "overloaded"}})
      .Add(count(ingest.unwritable), {{"reason", "unwritable"}});
  out.Counter("telemetry_unauthenticated_calls_total", "Calls without a valid key.")
      .Add(count(ingest.unauthenticated));
  out.Gauge("telemetry_streams", "Streams of samples open now.").Add(count(ingest.open_streams));
}

// Without a data directory the families are empty, but their names are taken all the same.
void AddJournal(MetricFamilies& out, const std::optional<IngestJournalStats>& journal) {
  const auto gauge = [&](const char* name, const char* help, auto value) {
    FamilyBuilder family = out.Gauge(name, help);
    if (journal) family.Add(static_cast<double>(value(*journal)));
  };
  gauge("telemetry_journal_bytes", "Size of what is kept in the data directory.",
        [](const IngestJournalStats& stats) { return stats.bytes; });
  gauge("telemetry_journal_limit_bytes", "Most that may be kept in the data directory.",
        [](const IngestJournalStats& stats) { return stats.limit_bytes; });
  gauge("telemetry_journal_pending_bytes", "What is on its way to the data directory.",
        [](const IngestJournalStats& stats) { return stats.pending_bytes; });
  gauge("telemetry_journal_writable", "1 if the data directory can be written to; 0: samples are refused.",
        [](const IngestJournalStats& stats) { return stats.error.empty() ? 1 : 0; });
  gauge("telemetry_journal_recovered_samples", "Samples that the start brought back from the data directory.",
        [](const IngestJournalStats& stats) { return stats.replayed.samples; });
  gauge("telemetry_journal_recovery_seconds", "How long that took.",
        [](const IngestJournalStats& stats) { return stats.replay_seconds; });
  gauge("telemetry_journal_cut_bytes", "Bytes behind damage that the start found, and could not read.",
        [](const IngestJournalStats& stats) { return stats.found.cut_bytes; });
  gauge("telemetry_journal_lost_records", "Records that the start found damaged or missing.",
        [](const IngestJournalStats& stats) {
          return stats.found.missing_records + stats.replayed.unreadable;
        });
}

// The ledger, by instance: both sides and their difference.
void AddLedger(MetricFamilies& out, const LedgerSnapshot& ledger) {
  const auto each = [&ledger](FamilyBuilder family, auto value) {
    for (const InstanceSnapshot& instance : ledger.instances) {
      family.Add(static_cast<double>(value(instance.totals)),
                 {{"service", instance.service}, {"instance", instance.instance}});
    }
  };
  each(out.Counter("telemetry_samples_total", "Samples accepted."),
       [](const LedgerTotals& totals) { return totals.samples.accepted; });
  each(out.Counter("telemetry_sent_samples_total",
                   "Samples that producers report as sent, and those that arrived a second time."),
       [](const LedgerTotals& totals) { return totals.sent; });
  each(out.Counter("telemetry_duplicate_samples_total",
                   "Samples that said nothing new and were not applied again."),
       [](const LedgerTotals& totals) { return totals.samples.duplicate(); });
  each(out.Gauge("telemetry_unaccounted_samples",
                 "Samples sent, minus those accepted, duplicate, rejected and dropped: under way, or lost."),
       [](const LedgerTotals& totals) { return totals.Difference(); });

  FamilyBuilder rejected = out.Counter("telemetry_rejected_samples_total", "Samples rejected.");
  for (const InstanceSnapshot& instance : ledger.instances) {
    for (std::size_t i = 0; i < kRejectReasonCount; ++i) {
      const std::uint64_t count = instance.totals.samples.rejected[i];
      if (count == 0) continue;
      rejected.Add(static_cast<double>(count), {{"service", instance.service},
                                                {"instance", instance.instance},
                                                {"reason", ReasonName(static_cast<RejectReason>(i))}});
    }
  }
  FamilyBuilder dropped =
      out.Counter("telemetry_dropped_samples_total", "Samples that their producers dropped.");
  for (const InstanceSnapshot& instance : ledger.instances) {
    for (const auto& [reason, count] : instance.totals.dropped) {
      dropped.Add(static_cast<double>(count),
                  {{"service", instance.service}, {"instance", instance.instance}, {"reason", reason}});
    }
  }
  FamilyBuilder producers =
      out.Gauge("telemetry_live_producers",
                "Producers connected under one service and instance; more than 1 is a conflict.");
  for (const InstanceSnapshot& instance : ledger.instances) {
    producers.Add(static_cast<double>(instance.live_producers),
                  {{"service", instance.service}, {"instance", instance.instance}});
  }
}

prometheus::ClientMetric::Summary SummaryOf(const LatencyTracker::ServiceLatency& latency) {
  prometheus::ClientMetric::Summary summary;
  summary.sample_count = latency.total.count();
  summary.sample_sum = latency.total.sum();
  for (const double q : kQuantiles) summary.quantile.push_back({q, latency.recent.Quantile(q)});
  return summary;
}

// Sketch buckets that reach beyond a bound count above it.
prometheus::ClientMetric::Histogram HistogramOf(const Sketch& sketch) {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_count = sketch.count();
  histogram.sample_sum = sketch.sum();
  for (const double bound : kLatencyBounds) histogram.bucket.push_back({0, bound});
  histogram.bucket.push_back({sketch.count(), INFINITY});
  sketch.ForEachBucket([&](double upper, std::uint64_t count) {
    for (std::size_t i = kLatencyBounds.size(); i-- > 0 && upper <= kLatencyBounds[i];) {
      histogram.bucket[i].cumulative_count += count;
    }
  });
  return histogram;
}

void AddLatency(MetricFamilies& out, const AggregatorSnapshot& s) {
  FamilyBuilder summary = out.Summary(
      "telemetry_latency_seconds",
      "From a sample's timestamp until it could be seen; quantiles over the last 30 to 60 seconds.");
  for (const auto& latency : s.latency)
    summary.AddSummary(SummaryOf(latency), {{"service", latency.service}});
  FamilyBuilder histogram =
      out.Histogram("telemetry_ingest_latency_seconds",
                    "From a sample's timestamp until it could be seen, since the start.");
  for (const auto& latency : s.latency)
    histogram.AddHistogram(HistogramOf(latency.total), {{"service", latency.service}});
}

void AddStore(MetricFamilies& out, const StoreStats& stats, const Store& store) {
  FamilyBuilder size = out.Gauge("telemetry_buffer_size", "Raw samples that a metric's ring holds.");
  const auto families = store.Families();
  for (const auto& family : families) {
    size.Add(static_cast<double>(family->ring().size()), {{"metric", family->name()}});
  }
  FamilyBuilder capacity =
      out.Gauge("telemetry_buffer_capacity", "Raw samples that a metric's ring can hold.");
  for (const auto& family : families) {
    capacity.Add(static_cast<double>(family->ring().capacity()), {{"metric", family->name()}});
  }
  out.Gauge("telemetry_series", "Series, by state; expired ones keep only their history.")
      .Add(static_cast<double>(stats.series), {{"state", "live"}})
      .Add(static_cast<double>(stats.expired_series), {{"state", "expired"}});
  out.Gauge("telemetry_nodes", "Instances of services that have series.")
      .Add(static_cast<double>(stats.nodes));
  out.Gauge("telemetry_store_bytes", "Estimated memory of series, history and rings.")
      .Add(static_cast<double>(stats.memory_bytes));
  out.Counter("telemetry_series_created_total", "Series made.")
      .Add(static_cast<double>(stats.series_created));
  out.Counter("telemetry_series_expired_total", "Series that were not updated for their time to live.")
      .Add(static_cast<double>(stats.series_expired));
}

void AddLive(MetricFamilies& out, const LiveStats& live) {
  const auto count = [](std::uint64_t value) { return static_cast<double>(value); };
  out.Gauge("telemetry_watchers", "WebSocket sessions open now.").Add(count(live.watchers));
  out.Gauge("telemetry_selections", "Different selections that they watch.").Add(count(live.groups));
  out.Counter("telemetry_frames_sent_total", "Frames sent to watchers.").Add(count(live.frames_sent));
  out.Counter("telemetry_frames_skipped_total",
              "Frames that slow watchers missed; they got the newest values later.")
      .Add(count(live.frames_skipped));
  out.Counter("telemetry_live_bytes_total", "Bytes sent to watchers.").Add(count(live.bytes_sent));
  out.Counter("telemetry_watchers_accepted_total", "Watchers accepted.").Add(count(live.watchers_accepted));
  FamilyBuilder ended = out.Counter("telemetry_watchers_ended_total", "Watchers gone, by why.");
  for (std::size_t i = 0; i < live.watchers_ended.size(); ++i) {
    ended.Add(count(live.watchers_ended[i]), {{"reason", SessionEndName(static_cast<SessionEnd>(i))}});
  }
  out.Counter("telemetry_watchers_refused_total", "Watchers refused before the upgrade, by why.")
      .Add(count(live.rejected_origin), {{"reason", "origin"}})
      .Add(count(live.rejected_key), {{"reason", "key"}})
      .Add(count(live.rejected_request), {{"reason", "request"}})
      .Add(count(live.rejected_limit), {{"reason", "limit"}});
  out.Counter("telemetry_ticks_total", "Ticks of the live view.").Add(count(live.ticks));
  out.Counter("telemetry_ticks_missed_total", "Ticks left out because the one before took too long.")
      .Add(count(live.ticks_missed));
  out.Gauge("telemetry_tick_lateness_seconds", "How late ticks came over the last 10 to 20 seconds.")
      .Add(live.tick_lateness_p50_seconds, {{"statistic", "p50"}})
      .Add(live.tick_lateness_p99_seconds, {{"statistic", "p99"}})
      .Add(live.tick_lateness_max_seconds, {{"statistic", "max"}});
  out.Gauge("telemetry_tick_duration_seconds", "How long ticks took over the last 10 to 20 seconds.")
      .Add(live.tick_duration_p50_seconds, {{"statistic", "p50"}})
      .Add(live.tick_duration_p99_seconds, {{"statistic", "p99"}})
      .Add(live.tick_duration_max_seconds, {{"statistic", "max"}});
}

void AddHttp(MetricFamilies& out, const AggregatorSnapshot& s) {
  const auto both = [&s](FamilyBuilder family, auto value) {
    family.Add(static_cast<double>(value(s.live_http)), {{"port", "live"}});
    family.Add(static_cast<double>(value(s.metrics_http)), {{"port", "metrics"}});
  };
  both(out.Gauge("telemetry_http_connections", "HTTP connections open now, without watchers."),
       [](const HttpServerStats& stats) { return stats.connections; });
  both(out.Counter("telemetry_http_requests_total", "HTTP requests."),
       [](const HttpServerStats& stats) { return stats.requests; });
  both(out.Counter("telemetry_http_refused_connections_total", "HTTP connections beyond the limit."),
       [](const HttpServerStats& stats) { return stats.refused_connections; });
  both(out.Counter("telemetry_http_timeouts_total", "HTTP connections closed for being too slow."),
       [](const HttpServerStats& stats) { return stats.timeouts; });
}

void AddExposition(MetricFamilies& out, const ExpositionStats& stats) {
  out.Counter("telemetry_scrapes_total", "Scrapes answered.").Add(static_cast<double>(stats.scrapes));
  out.Gauge("telemetry_scrape_duration_seconds", "Time that the newest scrape took to write.")
      .Add(stats.last_scrape_seconds);
  out.Gauge("telemetry_scrape_bytes", "Size of the newest scrape's page, without our own metrics.")
      .Add(static_cast<double>(stats.last_scrape_bytes));
  out.Gauge("telemetry_quarantined_series", "Series left out of scrapes since their names clash.")
      .Add(static_cast<double>(stats.quarantined_series));
}

}  // namespace

MetricFamilies BuildSelfMetrics(const AggregatorSnapshot& snapshot, const Store& store) {
  MetricFamilies out;
  AddProcess(out, snapshot);
  AddIngest(out, snapshot.ingest);
  AddJournal(out, snapshot.journal);
  AddLedger(out, snapshot.ledger);
  AddLatency(out, snapshot);
  AddStore(out, snapshot.store, store);
  AddLive(out, snapshot.live);
  AddHttp(out, snapshot);
  AddExposition(out, snapshot.exposition);
  return out;
}

bool IsSelfMetricName(std::string_view name) {
  // The families do not depend on what is counted, so those of an empty store tell all names.
  static const absl::flat_hash_set<std::string> names = [] {
    absl::flat_hash_set<std::string> all;
    const Store store(StoreOptions{}, Clock::System());
    const MetricFamilies empty = BuildSelfMetrics({}, store);
    for (const auto& family : empty.families()) {
      for (const char* suffix : {"", "_bucket", "_sum", "_count"}) all.insert(family.name + suffix);
    }
    return all;
  }();
  return names.contains(absl::string_view(name.data(), name.size()));
}

}  // namespace obs
