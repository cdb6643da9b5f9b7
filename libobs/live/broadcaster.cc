#include "live/broadcaster.h"

#include <algorithm>
#include <utility>

namespace obs {
namespace {

// What a tick may spend on a new selection's search for its series, and on all watchers' histories.
constexpr std::int64_t kScanBudgetNs = kNanosPerMilli;
constexpr std::int64_t kHistoryBudgetNs = 2 * kNanosPerMilli;
constexpr std::int64_t kHistorySliceNs = kHistoryBudgetNs / 4;  // for one of them
// A watcher so slow that its socket is full after each of so many last pieces of history goes live as it is.
constexpr int kMaxSpliceAttempts = 300;
// More different frames than these for those behind are not remembered within a tick.
constexpr std::size_t kMaxRemembered = 8;

bool SamePlace(const GroupCursor& a, const GroupCursor& b) {
  return a.position == b.position && a.gone == b.gone && a.synced == b.synced;
}

}  // namespace

Broadcaster::Broadcaster(Store& store, const Clock& clock, std::size_t max_frame_bytes)
    : store_(store), clock_(clock), max_frame_bytes_(max_frame_bytes), catalog_(store, clock, memory_) {}

void Broadcaster::Subscribe(FrameSink& sink, const Subscription& subscription) {
  // The new group first: if it is the old one, it must not go in between.
  Group& group = catalog_.FindOrAdd(subscription);
  auto subscriber = std::make_unique<Subscriber>();
  subscriber->sink = &sink;
  subscriber->group = &group;
  subscriber->cursor = group.JoinCursor();
  if (subscription.since_ns > 0) {
    const std::int64_t since_ns = std::min(subscription.since_ns, store_.options().history_ns);
    const std::int64_t since_us = (clock_.NowNanos() - since_ns) / kNanosPerMicro;
    subscriber->backfill = std::make_unique<Backfill>(store_, clock_, group, since_us);
    subscriber->in_history = true;
    histories_.push_back(subscriber.get());
  }
  audiences_[&group].subscribers.push_back(subscriber.get());
  Unsubscribe(sink);
  subscribers_[&sink] = std::move(subscriber);
}

void Broadcaster::Unsubscribe(FrameSink& sink) {
  const auto found = subscribers_.find(&sink);
  if (found == subscribers_.end()) return;
  const std::unique_ptr<Subscriber> subscriber = std::move(found->second);
  subscribers_.erase(found);
  const auto audience = audiences_.find(subscriber->group);
  std::erase(audience->second.subscribers, subscriber.get());
  if (subscriber->in_history) std::erase(histories_, subscriber.get());
  if (!audience->second.subscribers.empty()) return;
  audiences_.erase(audience);
  catalog_.Remove(*subscriber->group);
}

void Broadcaster::Tick(std::int64_t tick_ns) {
  catalog_.Pull();
  catalog_.Scan(kScanBudgetNs);
  now_us_ = clock_.NowNanos() / kNanosPerMicro;
  tick_ns_ = tick_ns;
  for (auto& [group, audience] : audiences_) {
    if (!group->ready) continue;
    if (group->Due(tick_ns)) audience.shared = group->Emit(tick_ns, now_us_);
    for (Subscriber* subscriber : audience.subscribers) ServeLive(*subscriber, audience);
  }
  ServeHistories();
  for (auto& [group, audience] : audiences_) {
    std::uint64_t oldest = group->CurrentCursor().gone;
    for (const Subscriber* subscriber : audience.subscribers)
      oldest = std::min(oldest, subscriber->cursor.gone);
    catalog_.Prune(*group, oldest);
    audience.shared.reset();
    audience.made.clear();
  }
  if (*memory_ > max_frame_bytes_) DropForMemory();
}

void Broadcaster::ServeLive(Subscriber& subscriber, Audience& audience) {
  if (subscriber.in_history) return;
  if (subscriber.sink->busy()) {
    // The first frame has seq 1 however long it had to wait: by that, clients know a new subscription.
    if (!audience.shared || subscriber.seq == 0) return;
    ++subscriber.missed;
    ++counts_.frames_skipped;
  } else if (audience.shared && !subscriber.backfill &&
             subscriber.group->SharedFrameServes(subscriber.cursor)) {
    subscriber.cursor = subscriber.group->CurrentCursor();
    Send(subscriber, audience.shared);
  } else if (audience.shared || !subscriber.started || MayCatchUp(subscriber)) {
    ServePrivate(subscriber, audience);
  }
}

// A snapshot of many frames goes at the pace of the ticks; later, what was missed at the wanted rate, whether
// or not there is news for the others.
bool Broadcaster::MayCatchUp(const Subscriber& subscriber) const {
  const Group& group = *subscriber.group;
  if (!group.IsBehind(subscriber.cursor)) return false;
  return subscriber.cursor.synced == 0 || tick_ns_ - subscriber.sent_ns >= group.period_ns();
}

void Broadcaster::ServeHistories() {
  const std::int64_t deadline_ns = clock_.MonotonicNanos() + kHistoryBudgetNs;
  for (std::size_t turns = histories_.size(); turns > 0; --turns) {
    const std::int64_t left_ns = deadline_ns - clock_.MonotonicNanos();
    if (left_ns <= 0) return;
    Subscriber& subscriber = *histories_.front();
    histories_.pop_front();
    if (subscriber.group->ready && !subscriber.sink->busy()) {
      ServeHistory(subscriber, audiences_[subscriber.group], std::min(left_ns, kHistorySliceNs));
    }
    if (subscriber.in_history) histories_.push_back(&subscriber);
  }
}

void Broadcaster::ServeHistory(Subscriber& subscriber, Audience& audience, std::int64_t budget_ns) {
  const Backfill::Step step = subscriber.backfill->Next(now_us_, budget_ns);
  if (step.body) Send(subscriber, step.body);
  // Only where the group has just sent all its news do history and live frames meet: else some of what is
  // history would come with its next frame again.
  if (!step.caught_up || !audience.shared) return;
  if (subscriber.sink->busy() && ++subscriber.splice_attempts < kMaxSpliceAttempts) return;
  subscriber.in_history = false;
  if (!subscriber.sink->busy()) ServePrivate(subscriber, audience);
}

void Broadcaster::ServePrivate(Subscriber& subscriber, Audience& audience) {
  Group& group = *subscriber.group;
  Group::CatchUpOptions options;
  options.with_waiting = audience.shared == nullptr && subscriber.cursor.synced == 0;
  if (subscriber.backfill) {
    options.wanted = [&](const Member& member) { return subscriber.backfill->IsNews(member); };
    Send(subscriber, group.CatchUp(subscriber.cursor, now_us_, options));
    const bool synced = subscriber.cursor.position == group.CurrentCursor().position;
    if (synced && group.drained()) subscriber.backfill.reset();
    return;
  }
  for (const Audience::Private& made : audience.made) {
    if (!SamePlace(made.from, subscriber.cursor)) continue;
    subscriber.cursor = made.to;
    Send(subscriber, made.body);
    return;
  }
  const GroupCursor from = subscriber.cursor;
  const FrameBodyPtr body = group.CatchUp(subscriber.cursor, now_us_, options);
  if (audience.made.size() < kMaxRemembered) audience.made.push_back({from, subscriber.cursor, body});
  Send(subscriber, body);
}

void Broadcaster::Send(Subscriber& subscriber, const FrameBodyPtr& body) {
  subscriber.seq += subscriber.missed + 1;
  subscriber.started = subscriber.started || !body->history();
  ++counts_.frames_sent;
  counts_.bytes_sent +=
      subscriber.sink->Send({subscriber.seq, body->timestamp_us(), subscriber.missed, body->history()}, body);
  subscriber.missed = 0;
  subscriber.sent_ns = tick_ns_;
}

void Broadcaster::DropForMemory() {
  std::vector<FrameSink*> stuck;
  for (const auto& [sink, subscriber] : subscribers_) {
    if (sink->busy()) stuck.push_back(sink);
  }
  std::sort(stuck.begin(), stuck.end(),
            [](const FrameSink* a, const FrameSink* b) { return a->stuck_since_ns() < b->stuck_since_ns(); });
  for (FrameSink* sink : stuck) {
    if (*memory_ <= max_frame_bytes_) return;
    sink->DropForMemory();
  }
}

}  // namespace obs
