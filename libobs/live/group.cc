#include "live/group.h"

#include <algorithm>
#include <utility>

namespace obs {
namespace {

// An empty frame goes out after this, so that a watcher gets one a second even if a tick comes late.
constexpr std::int64_t kHeartbeatNs = 950 * kNanosPerMilli;
// Ticks are rounded to nanoseconds, and sums of periods too.
constexpr std::int64_t kRoundingNs = kNanosPerMilli;

}  // namespace

Group::Group(Subscription subscription, FrameMemory memory)
    : subscription_(std::move(subscription)), memory_(std::move(memory)) {}

Group::~Group() {
  Clear([](TrackedSeries&) {});
}

// ---- Which series ----

void Group::Add(TrackedSeries& series) {
  const auto found = std::find_if(series.members.begin(), series.members.end(),
                                  [this](const Member* member) { return member->group == this; });
  if (found != series.members.end()) {
    Member& member = **found;
    const bool had_left = member.state == Member::State::kLeaving || member.state == Member::State::kGone;
    if (!had_left) return;
    member.announced = 0;
    Move(member, Member::State::kChanged, changed_);
  } else {
    Member& member = changed_.emplace_back();
    member.series = &series;
    member.group = this;
    member.self = std::prev(changed_.end());
    series.members.push_back(&member);
  }
  ++added_;
}

void Group::MarkChanged(Member& member) {
  if (member.state == Member::State::kSent) Move(member, Member::State::kChanged, changed_);
}

void Group::MarkLeaving(Member& member) {
  if (member.state == Member::State::kSent || member.state == Member::State::kChanged) {
    Move(member, Member::State::kLeaving, leaving_);
  }
}

Group::Members& Group::ListOf(Member::State state) {
  switch (state) {
    case Member::State::kChanged: return changed_;
    case Member::State::kSent: return sent_;
    case Member::State::kLeaving: return leaving_;
    case Member::State::kGone: break;
  }
  return gone_;
}

void Group::Move(Member& member, Member::State state, Members& to) {
  to.splice(to.end(), ListOf(member.state), member.self);
  member.state = state;
}

void Group::Prune(std::uint64_t oldest, const std::function<void(TrackedSeries&)>& forget) {
  Members known;
  auto end = gone_.begin();
  while (end != gone_.end() && end->position <= oldest) ++end;
  known.splice(known.end(), gone_, gone_.begin(), end);
  Forget(known, forget);
}

void Group::Clear(const std::function<void(TrackedSeries&)>& forget) {
  for (Members* list : {&changed_, &sent_, &leaving_, &gone_}) Forget(*list, forget);
}

void Group::Forget(Members& list, const std::function<void(TrackedSeries&)>& forget) {
  while (!list.empty()) {
    TrackedSeries& series = *list.front().series;
    std::erase(series.members, &list.front());
    list.pop_front();
    forget(series);
  }
}

// ---- When ----

bool Group::Due(std::int64_t tick_ns) const {
  if (!emitted_) return true;
  if (tick_ns + kRoundingNs < next_due_ns_) return false;
  return !drained() || tick_ns - emitted_ns_ >= kHeartbeatNs;
}

// ---- What ----

std::size_t Group::SizeOf(const Member& member, bool announce) const {
  constexpr std::size_t kColumnsBytes = 24;  // of one sample, at most
  const EncodedSample sample = member.series->Encode(format());
  if (format() == LiveFormat::kJson) return sample.series.size() + sample.sample.size() + 1;
  return sample.sample.size() + kColumnsBytes + (announce ? sample.series.size() : 0);
}

void Group::AddTo(LiveBodyWriter& writer, const Member& member, bool announce) const {
  const EncodedSample sample = member.series->Encode(format());
  if (announce) writer.Announce(sample.series);
  writer.AddSample(sample);
}

FrameBodyPtr Group::Finish(LiveBodyWriter& writer, std::int64_t now_us) const {
  return std::make_shared<const FrameBody>(writer.Finish(), format(), now_us, false, memory_);
}

FrameBodyPtr Group::Emit(std::int64_t tick_ns, std::int64_t now_us) {
  // Keeps to the grid while frames follow each other, so that the rate is exact; starts anew after a pause.
  const bool paused = !emitted_ || tick_ns - next_due_ns_ >= period_ns();
  next_due_ns_ = (paused ? tick_ns : next_due_ns_) + period_ns();
  emitted_ns_ = tick_ns;
  emitted_ = true;

  emitted_from_ = position_;
  const auto writer = LiveCodec::For(format()).NewBody(now_us);
  while (!leaving_.empty() && writer->bytes() < kMaxSharedFrameBytes) {
    Member& member = leaving_.front();
    writer->AddGone(member.series->ref(), member.series->EncodedSeries(format()));
    member.position = ++position_;
    Move(member, Member::State::kGone, gone_);
  }
  while (!changed_.empty()) {
    Member& member = changed_.front();
    const bool announce = member.announced == 0;
    if (!writer->empty() && writer->bytes() + SizeOf(member, announce) > kMaxSharedFrameBytes) break;
    AddTo(*writer, member, announce);
    member.position = ++position_;
    if (announce) member.announced = position_;
    Move(member, Member::State::kSent, sent_);
  }
  return Finish(*writer, now_us);
}

bool Group::SharedFrameServes(const GroupCursor& cursor) const {
  return cursor.position == emitted_from_ && cursor.gone == emitted_from_;
}

FrameBodyPtr Group::CatchUp(GroupCursor& cursor, std::int64_t now_us, const CatchUpOptions& options) const {
  const auto writer = LiveCodec::For(format()).NewBody(now_us);
  const auto add = [&](const Member& member) {
    if (options.wanted && !options.wanted(member)) return true;
    const bool announce = member.announced == 0 || member.announced > cursor.synced;
    if (!writer->empty() && writer->bytes() + SizeOf(member, announce) > kMaxPrivateFrameBytes) return false;
    AddTo(*writer, member, announce);
    return true;
  };

  auto gone = gone_.end();
  while (gone != gone_.begin() && std::prev(gone)->position > cursor.gone) --gone;
  for (; gone != gone_.end() && writer->bytes() < kMaxPrivateFrameBytes; ++gone) {
    writer->AddGone(gone->series->ref(), gone->series->EncodedSeries(format()));
    cursor.gone = gone->position;
  }
  if (gone != gone_.end()) return Finish(*writer, now_us);
  cursor.gone = position_;

  auto member = sent_.end();
  while (member != sent_.begin() && std::prev(member)->position > cursor.position) --member;
  for (; member != sent_.end(); ++member) {
    if (!add(*member)) return Finish(*writer, now_us);
    cursor.position = member->position;
  }
  if (options.with_waiting) {
    for (const Member& changed : changed_) {
      if (!add(changed)) break;
    }
  }
  cursor = CurrentCursor();
  return Finish(*writer, now_us);
}

}  // namespace obs
