// The read-only HTTP API over the store:
//
//   GET /api/v1/series?match=SELECTOR&limit=N
//     {"series": [{"name", "service", "instance", "labels", "kind", "timestamp": ms, "value" | histogram
//     fields}],
//      "matched": N, "truncated": bool}
//   GET /api/v1/history?match=SELECTOR&since=5m&until=TIME&step=1s&limit=N
//     {"series": [{"name", "service", "instance", "labels", "kind", "points": [[ms, value] | {"timestamp":
//     ms, ...}]}],
//      "matched": N, "truncated": bool}
//     since, until: a duration back from now, or Unix milliseconds. step: one point for each such span;
//     absent: as fine as history has it.
//   GET /api/v1/samples?metric=NAME&limit=N
//     {"metric": NAME, "written": total, "series": [{"name", "service", "instance", "labels", "kind"}],
//      "samples": [[ms, value, index into series]]}
//     The newest raw samples of one metric, oldest first, as they arrived: of counters what was sent, of
//     histograms each observation, or the count of a distribution.
//
// `match` may be repeated; absent, it is "*". Bad and unknown parameters: 400 and {"error"}.
//
// Thread safety: any thread.
#pragma once

#include "base/clock.h"
#include "buffer/store.h"
#include "http/message.h"

namespace obs {

class QueryApi {
 public:
  // Bounds of one answer; beyond them it is cut, and says so.
  static constexpr std::size_t kMaxSeries = 10'000;
  static constexpr std::size_t kMaxPoints = 1'000'000;
  static constexpr std::size_t kDefaultSamples = 1'000;

  // Both must outlive this.
  QueryApi(const Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  HttpResponse ListSeries(const HttpRequest& request) const;
  HttpResponse ReadHistory(const HttpRequest& request) const;
  HttpResponse ReadSamples(const HttpRequest& request) const;

 private:
  const Store& store_;
  const Clock& clock_;
};

}  // namespace obs
