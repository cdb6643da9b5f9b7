#include "app/status_api.h"

#include <string>

#include "buffer/family.h"
#include "nlohmann/json.hpp"
#include "obs/version.h"

namespace obs {
namespace {

using Json = nlohmann::ordered_json;

// Names come from outside and may, in spite of admission, never break the document.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

double Seconds(std::int64_t nanos) {
  return static_cast<double>(nanos) / 1e9;
}
std::int64_t UnixMillis(std::int64_t nanos) {
  return nanos / kNanosPerMilli;
}

std::string_view RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone: return "none";
    case Refusal::kTotalSeriesLimit: return "series_limit";
    case Refusal::kKeySeriesLimit: return "key_series_limit";
    case Refusal::kMemoryLimit: return "memory_limit";
  }
  return "unknown";
}

Json RejectedJson(const RejectCounts& rejected) {
  Json out = Json::object();
  for (std::size_t i = 0; i < kRejectReasonCount; ++i) {
    if (rejected[i] != 0) out[std::string(ReasonName(static_cast<RejectReason>(i)))] = rejected[i];
  }
  return out;
}

Json TotalsJson(const LedgerTotals& totals) {
  Json dropped = Json::object();
  for (const auto& [reason, count] : totals.dropped) dropped[reason] = count;
  return {{"batches", totals.batches},
          {"sent", totals.sent},
          {"accepted", totals.samples.accepted},
          {"duplicate", totals.samples.duplicate()},
          {"rejected", RejectedJson(totals.samples.rejected)},
          {"dropped", std::move(dropped)},
          {"difference", totals.Difference()}};
}

Json ProducersJson(const LedgerSnapshot& ledger) {
  Json out = Json::array();
  for (const ProducerSnapshot& producer : ledger.producers) {
    Json entry{{"service", producer.id.service},
               {"instance", producer.id.instance},
               {"producer", producer.id.producer},
               {"slot", producer.id.slot},
               {"peer", producer.peer},
               {"connected", producer.connected},
               {"reports", producer.reports},
               {"first_seen", UnixMillis(producer.first_seen_ns)},
               {"last_seen", UnixMillis(producer.last_seen_ns)},
               {"clock_offset_ms", nullptr}};
    if (producer.clock_offset_ns) {
      entry["clock_offset_ms"] = static_cast<double>(*producer.clock_offset_ns) / kNanosPerMilli;
    }
    entry.update(TotalsJson(producer.totals));
    out.push_back(std::move(entry));
  }
  return out;
}

Json NodesJson(const LedgerSnapshot& ledger) {
  Json out = Json::array();
  for (const InstanceSnapshot& instance : ledger.instances) {
    Json entry{{"service", instance.service},
               {"instance", instance.instance},
               {"live_producers", instance.live_producers}};
    entry.update(TotalsJson(instance.totals));
    out.push_back(std::move(entry));
  }
  return out;
}

// Instances under which more than one producer is live.
Json ConflictsJson(const LedgerSnapshot& ledger) {
  Json out = Json::array();
  for (const InstanceSnapshot& instance : ledger.instances) {
    if (!instance.conflict()) continue;
    out.push_back({{"service", instance.service},
                   {"instance", instance.instance},
                   {"live_producers", instance.live_producers}});
  }
  return out;
}

Json IngestJson(const IngestStats& ingest) {
  return {{"open_streams", ingest.open_streams},
          {"batches", ingest.batches},
          {"bytes", ingest.bytes},
          {"malformed_batches", ingest.malformed_batches},
          {"oversized_batches", ingest.oversized_batches},
          {"unauthenticated", ingest.unauthenticated},
          {"overloaded", ingest.overloaded},
          {"unwritable", ingest.unwritable}};
}

Json JournalJson(const std::optional<IngestJournalStats>& journal) {
  if (!journal) return {{"durability", "memory"}};
  return {{"durability", DurabilityName(journal->durability)},
          {"directory", journal->directory},
          {"bytes", journal->bytes},
          {"limit_bytes", journal->limit_bytes},
          {"pending_bytes", journal->pending_bytes},
          {"error", journal->error},
          {"recovered",
           {{"samples", journal->replayed.samples},
            {"batches", journal->replayed.batches},
            {"seconds", journal->replay_seconds},
            {"cut_bytes", journal->found.cut_bytes},
            {"missing_records", journal->found.missing_records},
            {"unreadable_records", journal->replayed.unreadable}}}};
}

Json StoreJson(const StoreStats& store) {
  Json refused = Json::array();
  for (const StoreStats::Refused& entry : store.refused) {
    refused.push_back({{"metric", entry.metric},
                       {"key", entry.owner},
                       {"reason", RefusalName(entry.reason)},
                       {"count", entry.count}});
  }
  return {{"nodes", store.nodes},
          {"series", store.series},
          {"expired_series", store.expired_series},
          {"memory_bytes", store.memory_bytes},
          {"series_created", store.series_created},
          {"series_expired", store.series_expired},
          {"refused", std::move(refused)}};
}

Json LiveJson(const LiveStats& live) {
  return {{"watchers", live.watchers},
          {"selections", live.groups},
          {"watched_series", live.watched_series},
          {"frames_sent", live.frames_sent},
          {"frames_skipped", live.frames_skipped},
          {"bytes_sent", live.bytes_sent},
          {"frame_bytes", live.frame_bytes},
          {"ticks", live.ticks},
          {"ticks_missed", live.ticks_missed},
          {"tick_lateness_p50_ms", live.tick_lateness_p50_seconds * 1e3},
          {"tick_lateness_p99_ms", live.tick_lateness_p99_seconds * 1e3},
          {"tick_lateness_max_ms", live.tick_lateness_max_seconds * 1e3},
          {"tick_duration_p50_ms", live.tick_duration_p50_seconds * 1e3},
          {"tick_duration_p99_ms", live.tick_duration_p99_seconds * 1e3},
          {"refused",
           {{"origin", live.rejected_origin},
            {"key", live.rejected_key},
            {"request", live.rejected_request},
            {"limit", live.rejected_limit}}}};
}

Json BuffersJson(const Store& store) {
  Json out = Json::array();
  for (const auto& family : store.Families()) {
    const RingBuffer& ring = family->ring();
    out.push_back({{"metric", family->name()},
                   {"size", ring.size()},
                   {"capacity", ring.capacity()},
                   {"written", ring.written()}});
  }
  return out;
}

Json QuarantinedJson(const ExpositionStats& exposition) {
  Json out = Json::array();
  for (const auto& entry : exposition.quarantined) {
    out.push_back({{"metric", entry.name}, {"reason", entry.reason}, {"series", entry.series}});
  }
  return out;
}

}  // namespace

HttpResponse HealthResponse(const AggregatorSnapshot& s) {
  const std::string error = s.journal ? s.journal->error : "";
  Json health{{"status", error.empty() ? "ok" : "refuses samples"},
              {"version", Version()},
              {"uptime_seconds", Seconds(s.now_ns - s.start_time_ns)}};
  if (!error.empty()) health["error"] = error;
  return HttpResponse::Json(Dump(health));
}

HttpResponse StatusResponse(const AggregatorSnapshot& s, const Store& store) {
  return HttpResponse::Json(Dump({{"version", Version()},
                                  {"time", UnixMillis(s.now_ns)},
                                  {"uptime_seconds", Seconds(s.now_ns - s.start_time_ns)},
                                  {"ports", {{"grpc", s.grpc_port}, {"metrics", s.metrics_port}}},
                                  {"process",
                                   {{"cpu_seconds", s.process.cpu_seconds},
                                    {"resident_bytes", s.process.resident_bytes},
                                    {"open_fds", s.process.open_fds}}},
                                  {"ledger", TotalsJson(s.ledger.totals)},
                                  {"nodes", NodesJson(s.ledger)},
                                  {"producers", ProducersJson(s.ledger)},
                                  {"conflicts", ConflictsJson(s.ledger)},
                                  {"ingest", IngestJson(s.ingest)},
                                  {"journal", JournalJson(s.journal)},
                                  {"store", StoreJson(s.store)},
                                  {"live", LiveJson(s.live)},
                                  {"quarantined", QuarantinedJson(s.exposition)},
                                  {"buffers", BuffersJson(store)}}));
}

}  // namespace obs
