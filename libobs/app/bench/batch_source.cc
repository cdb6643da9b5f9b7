#include "app/bench/batch_source.h"

#include <algorithm>

#include "app/bench/compact_source.h"
#include "app/bench/simple_source.h"
#include "base/clock.h"

namespace obs {

std::unique_ptr<BatchSource> BatchSource::Create(const BatchSourceOptions& options) {
  if (options.form == LoadForm::kSimple) return std::make_unique<SimpleSource>(options);
  return std::make_unique<CompactSource>(options);
}

RoundCursor::Piece RoundCursor::Take(std::uint64_t wanted, std::int64_t now_nanos) {
  // History keeps microseconds, so rounds are at least one apart.
  if (next_ == 0) timestamp_nanos_ += kNanosPerMicro;
  timestamp_nanos_ = std::max(now_nanos, timestamp_nanos_);
  const Piece piece{next_, std::min(wanted, series_ - next_), round_, timestamp_nanos_};
  next_ += piece.size;
  if (next_ == series_) {
    next_ = 0;
    ++round_;
  }
  return piece;
}

}  // namespace obs
