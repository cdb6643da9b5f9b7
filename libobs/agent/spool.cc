#include "agent/spool.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "agent/client_log.h"
#include "agent/producer_id.h"
#include "fmt/format.h"
#include "journal/journal_reader.h"
#include "journal/segment.h"

namespace obs {
namespace {

constexpr std::uint64_t kMaxSegmentBytes = 16u << 20;
// Segments that fit under the limit: that is how much of it is lost at once when there is no more room.
constexpr std::uint64_t kSegments = 16;
// For the head of a new segment and for the records that say what is confirmed.
constexpr std::uint64_t kReserveBytes = 4096;
// Whoever takes over goes on behind any batch that was sent and is not in the spool, be it that power was
// lost.
constexpr std::uint64_t kSequenceJump = std::uint64_t{1} << 20;

// A name for a file: what is no letter, digit, "-" or "_" as %XX.
std::string FileNameOf(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !name.empty());
    if (plain)
      name += c;
    else
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return name;
}

// What FileNameOf() made `name` of; nullopt if it made none such.
std::optional<std::string> TextOf(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    unsigned char byte = static_cast<unsigned char>(name[i]);
    if (byte == '%') {
      const std::string_view digits = name.substr(i + 1, 2);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
      i += 2;
    }
    text += static_cast<char>(byte);
  }
  if (text.empty() || FileNameOf(text) != name) return std::nullopt;
  return text;
}

}  // namespace

std::string SpoolDirectory(std::string_view root, std::string_view service, std::string_view instance) {
  return fmt::format("{}/{}/{}", root, FileNameOf(service), FileNameOf(instance));
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListSpools(const std::string& root,
                                                                            FileSystem& files) {
  std::vector<std::pair<std::string, std::string>> spools;
  const auto services = files.List(root);
  if (absl::IsNotFound(services.status())) return spools;
  if (!services.ok()) return services.status();
  for (const std::string& service_name : *services) {
    const auto service = TextOf(service_name);
    const auto instances = files.List(fmt::format("{}/{}", root, service_name));
    if (!service || !instances.ok()) continue;
    for (const std::string& instance_name : *instances) {
      if (const auto instance = TextOf(instance_name)) spools.emplace_back(*service, *instance);
    }
  }
  std::ranges::sort(spools);
  return spools;
}

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(const SpoolOptions& options, std::string_view service,
                                                   std::string_view instance, FileSystem& files) {
  std::unique_ptr<Spool> spool(new Spool(options, files));
  JournalOptions journal_options{.directory = options.directory,
                                 .limit_bytes = options.limit_bytes,
                                 .segment_bytes = std::min(kMaxSegmentBytes, options.limit_bytes / kSegments),
                                 .head = [self = spool.get()] { return self->MakeHead(); }};
  auto journal = Journal::Open(
      std::move(journal_options), files, [self = spool.get()](std::uint64_t number, std::string_view bytes) {
        number == kSegmentHeadNumber ? self->VisitHead(bytes) : self->VisitRecord(number, bytes);
      });
  if (!journal.ok()) return journal.status();
  if (absl::Status status = spool->TakeOver(**journal, service, instance); !status.ok()) return status;
  GroupCommitEvents& events = *spool;
  spool->commit_ = std::make_unique<GroupCommit>(*std::move(journal), GroupCommit::Options(), events);
  return spool;
}

Spool::Spool(const SpoolOptions& options, FileSystem& files) : options_(options), files_(files) {}

Spool::~Spool() {
  Stop();
}

// ---- What was there ----

void Spool::VisitHead(std::string_view bytes) {
  auto head = ParseSpoolHead(bytes);
  if (!head) return;
  found_.anything = true;
  found_.sequence = std::max(found_.sequence, head->sequence);
  found_.samples_through = std::max(found_.samples_through, head->samples_through);
  found_.dropped = head->dropped;
  found_confirmed_ = std::max(found_confirmed_, head->confirmed);
  service_ = std::move(head->service);
  instance_ = std::move(head->instance);
  producer_ = std::move(head->producer);
  life_ = head->life;
  catalogs_.try_emplace(life_, SeriesCatalog::kMaxSeries).first->second.Restore(head->announcements);
}

void Spool::VisitRecord(std::uint64_t number, std::string_view bytes) {
  const auto record = ParseSpoolRecord(bytes);
  if (!record || !found_.anything) return;
  if (record->sequence > found_.sequence) {
    found_.sequence = record->sequence;
    found_.samples_through = record->samples_through;
    found_batches_.push_back({.sequence = record->sequence, .samples = record->samples, .record = number});
    catalogs_.at(life_).Restore(record->announcements);
  }
  found_confirmed_ = std::max(found_confirmed_, record->confirmed);
  if (record->settled != 0) found_settled_.insert(record->settled);
  if (record->dropped) found_.dropped = *record->dropped;
}

absl::Status Spool::TakeOver(const Journal& journal, std::string_view service, std::string_view instance) {
  if (found_.anything && (service_ != service || instance_ != instance)) {
    return absl::FailedPreconditionError(fmt::format("{}: is the spool of service \"{}\", instance \"{}\"",
                                                     options_.directory, service_, instance_));
  }
  MutexLock lock(mutex_);
  service_ = service;
  instance_ = instance;
  ++life_;
  if (!found_.anything) producer_ = RandomProducerId();
  confirmed_ = confirmed_told_ = found_confirmed_;
  written_sequence_ = found_.sequence;
  written_through_ = found_.samples_through;
  if (found_.anything) found_.sequence += kSequenceJump;
  for (const OutboundBatch& batch : std::exchange(found_batches_, {})) {
    if (!WasUnconfirmed({.sequence = batch.sequence})) continue;
    if (found_.batches++ == 0) found_.first_record = batch.record;
    found_.samples += batch.samples;
    found_.last_record = batch.record;
  }
  first_needed_ = found_.batches != 0 ? found_.first_record : journal.next_number();
  if (found_.batches == 0) catalogs_.clear();
  if (const JournalCondition& condition = journal.condition(); condition.damaged_segments != 0) {
    ClientLog()->warn("{}: {} bytes are damaged, and what they held is lost", options_.directory,
                      condition.cut_bytes);
  }
  return absl::OkStatus();
}

// ---- Writing ----

absl::Status Spool::Start(const SeriesCatalog& catalog, std::function<LossTotals()> dropped,
                          SpoolEvents& events) {
  {
    MutexLock lock(mutex_);
    catalog_ = &catalog;
    dropped_ = std::move(dropped);
    events_ = &events;
  }
  return commit_->Start();
}

void Spool::Stop() {
  if (commit_ != nullptr) commit_->Stop();
}

std::uint64_t Spool::Append(const OutboundBatch& batch) {
  MutexLock lock(mutex_);
  if (catalog_ == nullptr || !commit_->HasRoom()) return 0;
  std::string announcements;
  if (announced_ < batch.ref_limit) {
    announced_ =
        catalog_->AppendAnnouncements(announced_, batch.ref_limit, kMaxRecordBytes / 2, announcements);
  }
  const std::uint64_t record = commit_->Append(EncodeSpoolRecord({.sequence = batch.sequence,
                                                                  .samples = batch.samples,
                                                                  .samples_through = batch.samples_through,
                                                                  .ref_limit = batch.ref_limit,
                                                                  .announcements = announcements,
                                                                  .body = *batch.body}));
  pending_.push_back(
      {.record = record, .sequence = batch.sequence, .samples_through = batch.samples_through});
  return record;
}

bool Spool::IsSafe(std::uint64_t record) const {
  if (record <= commit_->committed()) return true;
  MutexLock lock(mutex_);
  return failing_;
}

bool Spool::HasRoomFor(std::size_t bytes) const {
  MutexLock lock(mutex_);
  return !failing_ && commit_->HasRoom() &&
         commit_->bytes() + commit_->pending_bytes() + bytes + kReserveBytes <= options_.limit_bytes;
}

void Spool::Confirm(std::uint64_t sequence, std::uint64_t first_needed) {
  MutexLock lock(mutex_);
  if (catalog_ == nullptr) return;
  if (sequence > confirmed_) confirmed_ = sequence;
  // One record is on its way at a time, and the next one says all that came meanwhile.
  if (confirmed_ > confirmed_told_ && telling_record_ <= commit_->committed()) TellConfirmed();
  if (first_needed <= first_needed_) return;
  first_needed_ = first_needed;
  commit_->Post([first_needed](Journal& journal) { journal.Discard(first_needed); });
}

void Spool::TellConfirmed() {
  confirmed_told_ = confirmed_;
  telling_record_ = commit_->Append(EncodeSpoolRecord({.confirmed = confirmed_, .dropped = dropped_()}));
}

void Spool::Settle(std::uint64_t sequence) {
  MutexLock lock(mutex_);
  if (catalog_ == nullptr) return;
  commit_->Append(EncodeSpoolRecord({.settled = sequence, .dropped = dropped_()}));
}

// Of what is written: batches that are not, and the samples in them, will never have been sent.
std::string Spool::MakeHead() {
  SpoolHead head{.service = service_,
                 .instance = instance_,
                 .producer = producer_,
                 .life = life_,
                 .dropped = dropped_()};
  const auto refs = static_cast<std::uint32_t>(catalog_->size());
  catalog_->AppendAnnouncements(0, refs, kMaxRecordBytes / 2, head.announcements);
  MutexLock lock(mutex_);
  head.sequence = written_sequence_;
  head.samples_through = written_through_;
  head.confirmed = confirmed_;
  return EncodeSpoolHead(head);
}

void Spool::OnCommitted(std::uint64_t number) {
  {
    MutexLock lock(mutex_);
    for (; !pending_.empty() && pending_.front().record <= number; pending_.pop_front()) {
      written_sequence_ = pending_.front().sequence;
      written_through_ = pending_.front().samples_through;
    }
    if (confirmed_ > confirmed_told_ && telling_record_ <= number) TellConfirmed();
  }
  events_->OnSpoolProgress();
}

void Spool::OnHealth(const absl::Status& status) {
  const std::string_view message(status.message().data(), status.message().size());
  if (status.ok()) {
    ClientLog()->info("{}: the spool can be written again", options_.directory);
  } else {
    ClientLog()->error("cannot write the spool, going on without until it works: {}", message);
  }
  {
    MutexLock lock(mutex_);
    failing_ = !status.ok();
  }
  events_->OnSpoolProgress();
}

// ---- When it is full ----

bool Spool::OnFull(Journal& journal) {
  const std::uint64_t bytes = journal.bytes();
  std::uint64_t needed = 0;
  {
    MutexLock lock(mutex_);
    needed = first_needed_;
  }
  journal.Discard(needed);
  if (journal.bytes() < bytes) return true;
  const std::uint64_t kept = journal.second_segment();
  if (!options_.drop_oldest || kept == journal.next_number()) return false;
  events_->OnSpoolDrops(kept, BatchesBelow(journal.first_number(), kept));
  journal.Discard(kept);
  MutexLock lock(mutex_);
  TellConfirmed();
  return journal.bytes() < bytes;
}

bool Spool::WasUnconfirmed(const SpoolRecord& record) const {
  return record.sequence > found_confirmed_ && !found_settled_.contains(record.sequence);
}

std::vector<OutboundBatch> Spool::BatchesBelow(std::uint64_t first, std::uint64_t record) {
  std::vector<OutboundBatch> batches;
  JournalReader reader(files_, options_.directory, first);
  while (reader.Next() && reader.number() < record) {
    const auto found = ParseSpoolRecord(reader.payload());
    if (!found || !WasUnconfirmed(*found)) continue;
    batches.push_back({.sequence = found->sequence, .samples = found->samples, .record = reader.number()});
  }
  return batches;
}

// ---- Reading ----

std::vector<OutboundBatch> Spool::Read(std::uint64_t first, std::uint64_t last, std::size_t max_bytes) {
  if (reader_ == nullptr || next_read_ != first) {
    reader_ = std::make_unique<JournalReader>(files_, options_.directory, first);
    next_read_ = first;
    read_sequence_ = 0;
    read_segment_.reset();
  }
  std::vector<OutboundBatch> batches;
  std::size_t bytes = 0;
  while (next_read_ <= last && bytes < max_bytes && reader_->Next()) {
    next_read_ = reader_->number() + 1;
    if (read_segment_ != reader_->segment()) {
      read_segment_ = reader_->segment();
      const auto head = ParseSpoolHead(reader_->head());
      read_life_ = head ? head->life : 0;
    }
    const auto record = ParseSpoolRecord(reader_->payload());
    const auto catalog = catalogs_.find(read_life_);
    if (!record || record->sequence <= read_sequence_ || !WasUnconfirmed(*record) ||
        (read_life_ != life_ && catalog == catalogs_.end()))
      continue;
    read_sequence_ = record->sequence;
    bytes += record->body.size();
    batches.push_back({.sequence = record->sequence,
                       .samples = record->samples,
                       .samples_through = record->samples_through,
                       .ref_limit = record->ref_limit,
                       .body = std::make_shared<const std::string>(record->body),
                       .record = reader_->number(),
                       .catalog = read_life_ != life_ ? &catalog->second : nullptr});
  }
  return batches;
}

}  // namespace obs
