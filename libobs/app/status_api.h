// What the aggregator tells of itself over HTTP, as JSON:
//
//   GET /health          {"status": "ok", "version", "uptime_seconds"}
//   GET /api/v1/status   version, uptime, ports, process, store, ledger (totals and by producer), conflicts,
//   ingest, live,
//                        buffers, quarantined and refused series
//
// Thread safety: pure functions.
#pragma once

#include "app/snapshot.h"
#include "buffer/store.h"
#include "http/message.h"

namespace obs {

HttpResponse HealthResponse(const AggregatorSnapshot& snapshot);

// `store`: for the fill of the rings.
HttpResponse StatusResponse(const AggregatorSnapshot& snapshot, const Store& store);

}  // namespace obs
