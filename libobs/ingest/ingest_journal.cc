#include "ingest/ingest_journal.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/units.h"
#include "fmt/format.h"
#include "spdlog/spdlog.h"
#include "wire/announcement.h"

namespace obs {
namespace {

// A state goes into records of about this size.
constexpr std::size_t kStateRecordBytes = 256u << 10;
constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 20;
constexpr std::chrono::milliseconds kPoll(50);
constexpr std::int64_t kTimeNs = 10 * kNanosPerSecond;
// As much as acks that wait for the disk may come later: half of what they are put off by.
constexpr std::int64_t kLingerNs = kNanosPerMilli / 4;
// An epoch begins once this part of the limit was appended since the last one, or this part of the history
// went by; later, if the state itself takes much.
constexpr std::uint64_t kEpochPart = 8;
constexpr std::uint64_t kMostEpochPart = 3;
// By so much an epoch may outgrow that before the next one begins.
constexpr std::uint64_t kSlackPart = 16;
// What is on its way to the disk takes so little of the limit that several epochs fit.
constexpr std::uint64_t kPendingPart = 32;

std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// About what a series takes in a record.
std::size_t BytesOf(const SeriesSnapshot& series) {
  constexpr std::size_t kOthers = 64;
  std::size_t bytes = kOthers + series.name.size() + series.baselines.size() * kOthers;
  for (const LabelView label : series.labels) bytes += label.name.size() + label.value.size() + 8;
  if (series.histogram) {
    bytes += std::visit([](const auto& each) { return each.HeapBytes(); }, series.histogram->distribution);
    if (series.histogram->taken) bytes += series.histogram->taken->histogram.HeapBytes();
  }
  return bytes;
}

JournalOptions JournalOptionsOf(const IngestJournalOptions& options) {
  JournalOptions journal;
  journal.directory = options.directory;
  journal.limit_bytes = options.limit_bytes;
  journal.segment_bytes = std::min(kSegmentBytes, options.limit_bytes / kEpochPart);
  journal.sync = options.durability == Durability::kFsync;
  journal.head = EncodeJournalHead;
  return journal;
}

}  // namespace

std::string_view DurabilityName(Durability durability) {
  switch (durability) {
    case Durability::kMemory: return "memory";
    case Durability::kOs: return "os";
    case Durability::kFsync: return "fsync";
  }
  return "unknown";
}

absl::StatusOr<std::unique_ptr<IngestJournal>> IngestJournal::Open(const IngestJournalOptions& options,
                                                                   FileSystem& files, Store& store,
                                                                   Ledger& ledger, QuotaOf quota_of,
                                                                   const Clock& clock) {
  if (options.limit_bytes < kLeastJournalBytes) {
    return absl::InvalidArgumentError(fmt::format("a data limit of {}: at least {} are needed",
                                                  FormatBytes(options.limit_bytes),
                                                  FormatBytes(kLeastJournalBytes)));
  }
  std::unique_ptr<IngestJournal> self(new IngestJournal(options, store, ledger, clock));
  const std::int64_t began_ns = clock.MonotonicNanos();
  JournalReplay replay(store, ledger, std::move(quota_of), options.max_skew_ns, clock);
  auto journal =
      Journal::Open(JournalOptionsOf(options), files,
                    [&replay](std::uint64_t number, std::string_view bytes) { replay.Visit(number, bytes); });
  if (!journal.ok()) return journal.status();
  if (!replay.is_ours()) {
    return absl::FailedPreconditionError(
        fmt::format("{}: what is in it was not written by obs-aggregate", options.directory));
  }
  replay.Finish();
  self->found_ = (*journal)->condition();
  self->replayed_ = replay.counts();
  self->replay_seconds_ = static_cast<double>(clock.MonotonicNanos() - began_ns) / 1e9;
  self->epoch_ = replay.newest_epoch();
  {
    MutexLock lock(self->mutex_);
    for (const std::uint64_t first : replay.complete_epochs()) {
      self->epochs_.push_back({.first = first, .began_ns = began_ns, .is_complete = true});
    }
    const std::uint64_t bytes = (*journal)->bytes();
    if (bytes > options.limit_bytes && self->epochs_.empty()) {
      return absl::FailedPreconditionError(
          fmt::format("{}: holds {}, none of which can go yet: raise the data limit of {}", options.directory,
                      FormatBytes(bytes), FormatBytes(options.limit_bytes)));
    }
  }
  self->newest_ = (*journal)->next_number() - 1;
  GroupCommitEvents& events = *self;
  GroupCommit::Options commit;
  commit.linger_nanos = kLingerNs;
  commit.max_pending_bytes =
      std::min<std::uint64_t>(options.max_pending_bytes, options.limit_bytes / kPendingPart);
  self->commit_ = std::make_unique<GroupCommit>(*std::move(journal), commit, events);
  return self;
}

IngestJournal::IngestJournal(const IngestJournalOptions& options, Store& store, Ledger& ledger,
                             const Clock& clock)
    : options_(options),
      durability_(options.durability),
      store_(store),
      ledger_(ledger),
      clock_(clock),
      most_epoch_bytes_(2 * (options.limit_bytes / kEpochPart)) {}

IngestJournal::~IngestJournal() {
  Stop();
}

absl::Status IngestJournal::Start(std::function<void(std::uint64_t)> on_committed) {
  on_committed_ = std::move(on_committed);
  if (absl::Status status = commit_->Start(); !status.ok()) return status;
  BeginEpoch(/*begins_life=*/true);  // before any stream does
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(fmt::format("cannot start a thread: {}", error.what()));
  }
  return absl::OkStatus();
}

void IngestJournal::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (commit_ != nullptr) commit_->Stop();
}

// ---- For streams ----

absl::Status IngestJournal::CheckWritable() const {
  if (!is_failing_.load(std::memory_order_relaxed)) return absl::OkStatus();
  const absl::Status health = commit_->health();
  if (health.ok()) return health;
  return absl::ResourceExhaustedError(
      fmt::format("the aggregator cannot write to its data directory: {}", Message(health)));
}

// The account's order is its home's.
void IngestJournal::Know(const ProducerAccount& account) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (std::exchange(account.home().is_saved, true)) return;
  AppendState(account.id().service, account.id().instance);
}

std::uint64_t IngestJournal::Append(Stream& stream, const StreamDictionary& dictionary, BatchRecord batch) {
  const std::uint64_t epoch = epoch_.load(std::memory_order_acquire);
  if (stream.epoch_ != epoch) AppendDictionary(stream, dictionary, epoch);
  batch.stream = stream.number_;
  return AppendRecord(EncodeRecord(batch));
}

void IngestJournal::End(const Stream& stream) {
  if (stream.number_ != 0) AppendRecord(EncodeRecord(StreamRecord{.stream = stream.number_, .ends = true}));
}

void IngestJournal::AppendDictionary(Stream& stream, const StreamDictionary& dictionary,
                                     std::uint64_t epoch) {
  if (stream.number_ == 0) stream.number_ = next_stream_.fetch_add(1, std::memory_order_relaxed);
  stream.epoch_ = epoch;
  std::string announcements;
  std::uint64_t bytes = 0;
  bool begins = true;
  const auto append = [&] {
    std::string record = EncodeRecord(StreamRecord{.stream = stream.number_,
                                                   .begins = std::exchange(begins, false),
                                                   .owner = stream.owner_,
                                                   .announcements = announcements});
    bytes += record.size();
    AppendRecord(std::move(record));
    announcements.clear();
  };
  dictionary.ForEach([&](std::uint32_t ref, std::string_view announced) {
    AppendAnnouncement(announcements, ref, announced);
    if (announcements.size() >= kStateRecordBytes) append();
  });
  if (begins || !announcements.empty()) append();
  MutexLock lock(mutex_);
  state_bytes_ += bytes;
}

std::uint64_t IngestJournal::AppendRecord(std::string record) {
  const std::uint64_t size = record.size();
  const std::uint64_t before = epoch_bytes_.fetch_add(size, std::memory_order_relaxed);
  // At the rates at which an epoch is full within moments it must not be noticed by chance.
  const std::uint64_t step = options_.limit_bytes / kEpochPart;
  if (before / step != (before + size) / step) wake_.notify_all();
  const std::uint64_t number = commit_->Append(std::move(record));
  std::uint64_t newest = newest_.load(std::memory_order_relaxed);
  while (newest < number && !newest_.compare_exchange_weak(newest, number, std::memory_order_relaxed)) {
  }
  return number;
}

IngestJournalStats IngestJournal::Stats() const {
  IngestJournalStats stats;
  stats.durability = durability_;
  stats.directory = options_.directory;
  stats.bytes = commit_->bytes();
  stats.limit_bytes = options_.limit_bytes;
  stats.pending_bytes = commit_->pending_bytes();
  stats.error = Message(commit_->health());
  stats.found = found_;
  stats.replayed = replayed_;
  stats.replay_seconds = replay_seconds_;
  MutexLock lock(mutex_);
  stats.epochs = completed_;
  return stats;
}

// ---- Events of the thread that writes ----

void IngestJournal::OnCommitted(std::uint64_t number) {
  if (on_committed_) on_committed_(number);
}

// The oldest epoch may begin within the oldest segment, and then makes no room.
bool IngestJournal::OnFull(Journal& journal) {
  const std::uint64_t before = journal.bytes();
  if (!journal.Sync().ok()) return false;
  MutexLock lock(mutex_);
  for (std::size_t i = 0; i < epochs_.size(); ++i) {
    if (!epochs_[i].is_complete) continue;
    journal.Discard(epochs_[i].first);
    if (journal.bytes() == before) continue;
    epochs_.erase(epochs_.begin(), epochs_.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

void IngestJournal::OnHealth(const absl::Status& status) {
  is_failing_.store(!status.ok(), std::memory_order_relaxed);
  if (status.ok()) {
    spdlog::info("the data directory can be written to again");
  } else {
    spdlog::error("no samples are taken until the data directory can be written to: {}", Message(status));
  }
}

// ---- The thread that begins epochs ----

void IngestJournal::Run() {
  for (;;) {
    for (const auto& [service, instance] : ledger_.Instances()) {
      if (!WaitForRoom()) return;
      SaveInstance(service, instance);
    }
    for (const auto& node : store_.Nodes()) {  // more than the ledger lists only where there are very many
      if (!WaitForRoom()) return;
      const std::shared_ptr<InstanceOrder> order = ledger_.OrderOf(node->service(), node->instance());
      bool is_saved = false;
      {
        MutexLock lock(order->mutex);
        is_saved = order->is_saved;
      }
      if (!is_saved) SaveInstance(node->service(), node->instance());
    }
    std::uint64_t first = 0;
    {
      MutexLock lock(mutex_);
      first = epochs_.back().first;
      most_epoch_bytes_.store(state_bytes_ + EnoughBytes() + options_.limit_bytes / kSlackPart,
                              std::memory_order_relaxed);
    }
    AppendRecord(EncodeRecord(EpochRecord{.epoch = epoch_.load(std::memory_order_relaxed),
                                          .monotonic_ns = clock_.MonotonicNanos(),
                                          .is_complete = true}));
    commit_->Post([this, first](Journal& journal) { CompleteEpoch(journal, first); });
    {
      MutexLock lock(mutex_);
      while (!stopping_ && !IsEpochDue()) {
        wake_.wait_for(mutex_, kPoll);
        TellTheTime();
      }
      if (stopping_) return;
    }
    BeginEpoch(/*begins_life=*/false);
  }
}

void IngestJournal::TellTheTime() {
  if (is_failing_.load(std::memory_order_relaxed)) return;
  const std::int64_t now_ns = clock_.MonotonicNanos();
  if (now_ns - told_time_ns_ < kTimeNs) return;
  told_time_ns_ = now_ns;
  std::string record = EncodeRecord(TimeRecord{now_ns});
  state_bytes_ += record.size();  // no reason for another epoch
  AppendRecord(std::move(record));
}

bool IngestJournal::IsEpochDue() const {
  if (!epochs_.back().is_complete) return false;
  const std::uint64_t bytes = epoch_bytes_.load(std::memory_order_relaxed);
  const std::uint64_t appended = bytes - std::min(bytes, state_bytes_);
  const std::int64_t age_ns = clock_.MonotonicNanos() - epochs_.back().began_ns;
  return appended >= EnoughBytes() ||
         (appended > 0 && age_ns >= options_.history_ns / static_cast<std::int64_t>(kEpochPart));
}

std::uint64_t IngestJournal::EnoughBytes() const {
  return std::clamp(2 * state_bytes_, options_.limit_bytes / kEpochPart,
                    options_.limit_bytes / kMostEpochPart);
}

void IngestJournal::BeginEpoch(bool begins_life) {
  // What is kept begins with a segment, which then can be the oldest one.
  commit_->Post([](Journal& journal) { journal.Roll(); });
  const std::uint64_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
  const std::uint64_t first = AppendRecord(EncodeRecord(EpochRecord{.epoch = epoch,
                                                                    .monotonic_ns = clock_.MonotonicNanos(),
                                                                    .begins_life = begins_life,
                                                                    .made_room = ledger_.SaveMadeRoom()}));
  epoch_.store(epoch, std::memory_order_release);
  epoch_bytes_.store(0, std::memory_order_relaxed);
  MutexLock lock(mutex_);
  state_bytes_ = 0;
  epochs_.push_back({.first = first, .began_ns = clock_.MonotonicNanos()});
}

void IngestJournal::SaveInstance(std::string_view service, std::string_view instance) {
  const std::shared_ptr<InstanceOrder> order = ledger_.OrderOf(service, instance);
  std::uint64_t bytes = 0;
  {
    MutexLock lock(order->mutex);
    order->is_saved = true;
    bytes = AppendState(service, instance);
  }
  MutexLock lock(mutex_);
  state_bytes_ += bytes;
}

std::uint64_t IngestJournal::AppendState(std::string_view service, std::string_view instance) {
  const std::int64_t monotonic_ns = clock_.MonotonicNanos();
  InstanceRecord record{.service = std::string(service),
                        .instance = std::string(instance),
                        .monotonic_ns = monotonic_ns,
                        .is_first = true,
                        .accounts = ledger_.Save(service, instance)};
  std::uint64_t bytes = 0;
  const auto append = [&] {
    std::string encoded = EncodeRecord(record);
    bytes += encoded.size();
    AppendRecord(std::move(encoded));
    record.is_first = false;
    record.accounts = {};
    record.series.clear();
  };
  if (const std::shared_ptr<Node> node = store_.FindNode(service, instance)) {
    std::size_t estimate = 0;
    for (const SeriesPtr& series : store_.SeriesOf(*node)) {
      SeriesSnapshot& saved = record.series.emplace_back(store_.Save(*series));
      saved.updated_ns -= monotonic_ns;
      for (CounterBaselines::Baseline& baseline : saved.baselines) baseline.used_ns -= monotonic_ns;
      estimate += BytesOf(saved);
      if (estimate < kStateRecordBytes) continue;
      append();
      estimate = 0;
    }
  }
  if (record.is_first || !record.series.empty()) append();
  return bytes;
}

bool IngestJournal::WaitForRoom() {
  MutexLock lock(mutex_);
  while (!stopping_ && !commit_->HasRoom()) wake_.wait_for(mutex_, kPoll);
  return !stopping_;
}

void IngestJournal::CompleteEpoch(Journal& journal, std::uint64_t first) {
  std::optional<std::uint64_t> needed;
  {
    MutexLock lock(mutex_);
    const auto epoch = std::ranges::find(epochs_, first, &Epoch::first);
    if (epoch != epochs_.end()) epoch->is_complete = true;
    ++completed_;
    const std::int64_t oldest_ns = clock_.MonotonicNanos() - options_.history_ns;
    // The newest complete one that began before what history reaches back to.
    while (epochs_.size() > 1 && epochs_[1].is_complete && epochs_[1].began_ns <= oldest_ns) {
      epochs_.pop_front();
    }
    if (epochs_.front().is_complete && epochs_.front().began_ns <= oldest_ns) needed = epochs_.front().first;
  }
  // What replaces them has to be on the disk before they go.
  if (needed && journal.Sync().ok()) journal.Discard(*needed);
}

}  // namespace obs
