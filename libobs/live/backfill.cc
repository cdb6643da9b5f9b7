#include "live/backfill.h"

#include <algorithm>

namespace obs {
namespace {

constexpr std::int64_t kWindowUs = 10 * kMicrosPerSecond;

bool HasLeft(const Member& member) {
  return member.state == Member::State::kLeaving || member.state == Member::State::kGone;
}

}  // namespace

Backfill::Backfill(const Store& store, const Clock& clock, Group& group, std::int64_t since_us)
    : store_(store), clock_(clock), group_(group), since_us_(since_us) {}

void Backfill::AddNewMembers() {
  if (members_seen_ == group_.added()) return;
  members_seen_ = group_.added();
  group_.ForEachMember([this](Member& member) {
    const auto [found, added] = index_.try_emplace(member.series->ref(), entries_.size());
    if (added) entries_.push_back({&member});
  });
}

void Backfill::StartRound(std::int64_t now_us) {
  AddNewMembers();
  next_ = 0;
  round_end_us_ = now_us;
  window_end_us_ = first_round_ ? since_us_ + kWindowUs : round_end_us_;
}

bool Backfill::Visit(Entry& entry, LiveBodyWriter& writer) {
  Member& member = *entry.member;
  if (HasLeft(member)) return true;
  TrackedSeries& series = *member.series;
  const LiveFormat format = group_.format();
  const std::string_view constant = series.EncodedSeries(format);
  if (!entry.announced) writer.Announce(constant);
  entry.announced = true;
  // The last window has no end of its own: timestamps may run ahead of this machine's clock.
  const std::int64_t newest_us = series.timestamp_us();
  const std::int64_t until_us = InLastWindow() ? newest_us : std::min(window_end_us_, newest_us);
  const std::int64_t from_us = std::max(since_us_, entry.sent_us);
  if (until_us <= from_us) return true;
  bool fits = true;
  store_.ReadHistory(*series.series(), from_us, until_us, /*step_us=*/0, [&](const HistoryPoint& point) {
    scratch_.clear();
    AppendSample(scratch_, format, series.ref(), series.kind(), point.timestamp_us, point.value,
                 point.histogram,
                 /*history=*/true);
    fits = fits &&
           (writer.empty() || writer.bytes() + scratch_.size() + constant.size() <= kMaxPrivateFrameBytes);
    if (!fits) return;
    writer.AddSample({series.ref(), series.kind(), constant, scratch_, point.timestamp_us, point.value});
    entry.sent_us = point.timestamp_us;
  });
  return fits;
}

Backfill::Step Backfill::Next(std::int64_t now_us, std::int64_t budget_ns) {
  const std::int64_t deadline_ns = clock_.MonotonicNanos() + budget_ns;
  const auto writer = LiveCodec::For(group_.format()).NewBody(now_us);
  Step step;
  bool whole_round = false;  // the round that is going on began in this step
  if (round_end_us_ == 0) StartRound(now_us);
  while (true) {
    if (next_ < entries_.size()) {
      if (writer->bytes() >= kMaxPrivateFrameBytes / 2) break;
      if (!whole_round && next_ % 16 == 0 && clock_.MonotonicNanos() > deadline_ns) break;
      if (!Visit(entries_[next_], *writer)) break;
      ++next_;
    } else if (!InLastWindow()) {
      next_ = 0;
      window_end_us_ += kWindowUs;
    } else if (whole_round) {
      step.caught_up = true;
      break;
    } else {
      first_round_ = false;
      whole_round = true;
      StartRound(now_us);
    }
  }
  if (!writer->empty()) {
    step.body =
        std::make_shared<const FrameBody>(writer->Finish(), group_.format(), now_us, true, group_.memory());
  }
  return step;
}

bool Backfill::IsNews(const Member& member) const {
  const auto found = index_.find(member.series->ref());
  return found == index_.end() || entries_[found->second].sent_us < member.series->timestamp_us();
}

}  // namespace obs
