// One look at everything that the aggregator tells of itself, in /metrics and in /api/v1/status.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/process_usage.h"
#include "buffer/store.h"
#include "export/exposition.h"
#include "http/server.h"
#include "ingest/ingest_journal.h"
#include "ingest/ingestor.h"
#include "ingest/latency_tracker.h"
#include "ingest/ledger.h"
#include "live/hub.h"

namespace obs {

struct AggregatorSnapshot {
  std::int64_t start_time_ns = 0;
  std::int64_t now_ns = 0;
  std::uint16_t grpc_port = 0;
  std::uint16_t metrics_port = 0;
  ProcessUsage process;
  StoreStats store;
  LedgerSnapshot ledger;
  IngestStats ingest;
  std::optional<IngestJournalStats> journal;
  std::vector<LatencyTracker::ServiceLatency> latency;
  LiveStats live;
  ExpositionStats exposition;
  HttpServerStats live_http;
  HttpServerStats metrics_http;
};

}  // namespace obs
