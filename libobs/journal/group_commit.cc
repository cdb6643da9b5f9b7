#include "journal/group_commit.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "fmt/format.h"

namespace obs {
namespace {

// One write: large enough for the disk, small enough not to hold up the next; and below the journal's limit
// by this.
constexpr std::size_t kMaxWriteBytes = 4u << 20;
constexpr std::uint64_t kMinWritesUnderLimit = 8;

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<Journal> journal, Options options, GroupCommitEvents& events)
    : journal_(std::move(journal)),
      options_(options),
      events_(events),
      committed_(journal_->next_number() - 1),
      bytes_(journal_->bytes()),
      next_number_(journal_->next_number()) {}

GroupCommit::~GroupCommit() {
  Stop();
}

absl::Status GroupCommit::Start() {
  if (thread_.joinable()) return absl::OkStatus();
  {
    MutexLock lock(mutex_);
    stopping_ = false;
  }
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(fmt::format("cannot start a thread: {}", error.what()));
  }
  return absl::OkStatus();
}

void GroupCommit::Stop() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::uint64_t GroupCommit::Append(std::string record) {
  pending_bytes_.fetch_add(record.size(), std::memory_order_relaxed);
  std::uint64_t number = 0;
  bool was_empty = false;
  {
    MutexLock lock(mutex_);
    was_empty = pending_.empty();
    pending_.push_back({.record = std::move(record), .task = nullptr});
    number = next_number_++;
  }
  if (was_empty) wake_.notify_all();
  return number;
}

void GroupCommit::Post(std::function<void(Journal&)> task) {
  {
    MutexLock lock(mutex_);
    pending_.push_back({.record = {}, .task = std::move(task)});
  }
  wake_.notify_all();
}

absl::Status GroupCommit::health() const {
  MutexLock lock(mutex_);
  return health_;
}

void GroupCommit::Run() {
  Group group;
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (pending_.empty() && !stopping_) wake_.wait(mutex_);
      if (pending_.empty()) return;
    }
    if (options_.linger_nanos > 0)
      std::this_thread::sleep_for(std::chrono::nanoseconds(options_.linger_nanos));
    {
      MutexLock lock(mutex_);
      group.clear();
      group.swap(pending_);
    }
    if (!Commit(group)) return;
  }
}

bool GroupCommit::Commit(Group& group) {
  const std::size_t max_bytes =
      std::min<std::uint64_t>(kMaxWriteBytes, journal_->options().limit_bytes / kMinWritesUnderLimit);
  for (std::size_t begin = 0; begin < group.size();) {
    if (group[begin].task) {
      group[begin++].task(*journal_);
      bytes_.store(journal_->bytes(), std::memory_order_relaxed);
      continue;
    }
    std::size_t bytes = 0;
    std::size_t end = begin;
    while (end < group.size() && !group[end].task &&
           (end == begin || bytes + group[end].record.size() <= max_bytes)) {
      bytes += group[end++].record.size();
    }
    const std::span<const Item> records = std::span<const Item>(group).subspan(begin, end - begin);
    absl::Status status = WriteRecords(records);
    while (!status.ok()) {
      SetHealth(status);
      if (!WaitToRetry()) return false;
      status = WriteRecords(records);
    }
    SetHealth(absl::OkStatus());
    for (; begin != end; ++begin) group[begin].record = {};
    bytes_.store(journal_->bytes(), std::memory_order_relaxed);
    pending_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    committed_.store(journal_->next_number() - 1, std::memory_order_release);
    events_.OnCommitted(journal_->next_number() - 1);
  }
  return true;
}

absl::Status GroupCommit::WriteRecords(std::span<const Item> records) {
  std::vector<std::string_view> views;
  views.reserve(records.size());
  for (const Item& item : records) views.emplace_back(item.record);
  absl::Status status = journal_->Write(views);
  while (absl::IsOutOfRange(status) && events_.OnFull(*journal_)) status = journal_->Write(views);
  return status;
}

void GroupCommit::SetHealth(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    const bool changed = status.code() != health_.code();
    health_ = status;
    if (!changed) return;
  }
  events_.OnHealth(status);
}

bool GroupCommit::WaitToRetry() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(options_.retry_nanos);
  MutexLock lock(mutex_);
  while (!stopping_ && wake_.wait_until(mutex_, deadline) == std::cv_status::no_timeout) {
  }
  return !stopping_;
}

}  // namespace obs
