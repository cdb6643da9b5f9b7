// Decides whether there is capacity for what streams send.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>
#include <limits>

namespace obs {

// How one stream has fared lately. For the gate; one thread at a time. Times are monotonic.
struct StreamLoad {
  static constexpr std::int64_t kNoLag = std::numeric_limits<std::int64_t>::max();

  std::int64_t period = 0;      // in which it sent last
  std::int64_t lag_ns = 0;      // of the first batch in it
  bool is_behind = false;       // as found then
  std::int64_t span_began = 0;  // of the least lags
  std::int64_t least_lag_ns = kNoLag;
  std::int64_t least_lag_before_ns = kNoLag;  // in the span before
};

class LoadGate {
 public:
  virtual ~LoadGate() = default;

  // Whether a new stream may come.
  virtual bool AdmitsStream() = 0;
  // Whether a batch that has come may be applied; if not, its stream is to end, and to come again later.
  virtual bool AdmitsBatch(StreamLoad& load) = 0;
  // A batch was applied, whose newest sample is so old.
  virtual void NoteLag(StreamLoad& load, std::int64_t lag_ns) = 0;
};

}  // namespace obs
