#include "ingest/call.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "spdlog/spdlog.h"

namespace obs {
namespace {

// The bytes of `message`, in `scratch` unless they are in one piece already.
std::string_view Contiguous(const grpc::ByteBuffer& message, grpc::Slice* whole, std::string* scratch) {
  if (message.TrySingleSlice(whole).ok())
    return {reinterpret_cast<const char*>(whole->begin()), whole->size()};
  const std::size_t size = message.Length();
  if (scratch->size() < size) scratch->resize(size);
  std::vector<grpc::Slice> slices;
  (void)message.Dump(&slices);  // fails only for a message that is invalid, and then is empty
  char* out = scratch->data();
  for (const grpc::Slice& slice : slices) {
    std::memcpy(out, slice.begin(), slice.size());
    out += slice.size();
  }
  return {scratch->data(), static_cast<std::size_t>(out - scratch->data())};
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status, grpc::CallbackServerContext* context) {
  if (status.ok()) return grpc::Status::OK;
  if (const auto hint = status.GetPayload(kRetryAfterPayload)) {
    context->AddTrailingMetadata("retry-after-ms", std::string(*hint));
  }
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

Call::Call(Ingestor& ingestor, AckPacer& pacer, grpc::CallbackServerContext* context,
           std::shared_ptr<SeriesQuota> quota)
    : ingestor_(ingestor),
      pacer_(pacer),
      context_(context),
      session_(ingestor, context->peer(), std::move(quota)) {}

bool Call::Enter() {
  MutexLock lock(mutex_);
  ++inside_;
  return !end_.has_value();
}

void Call::Leave() {
  grpc::Status status;
  {
    MutexLock lock(mutex_);
    if (--inside_ != 0 || !end_.has_value() || ended_) return;
    ended_ = true;
    status = *end_;
  }
  session_.Close();  // before the client can see the end and come back for its place
  Finish(status);
}

void Call::End(const absl::Status& status) {
  MutexLock lock(mutex_);
  if (!end_.has_value()) end_ = ToGrpcStatus(status, context_);
}

void Call::Stop() {
  if (Enter())
    End(absl::UnavailableError("the aggregator is stopping; send again later what was not acknowledged"));
  Leave();
}

bool Call::Receive(bool ok, const grpc::ByteBuffer& message) {
  wanted_end_ = ok ? Take(message) : absl::OkStatus();
  if (ok && wanted_end_.ok()) return true;
  // Bad news does not wait for the disk.
  if (!wanted_end_.ok() || MayAcknowledge(session_.tally())) {
    End(wanted_end_);
    LetGo();
  } else {
    (void)Enter();
    pacer_.Defer(&end_wait_, session_.tally().record);
  }
  return false;
}

void Call::EndOnDue() {
  const bool is_safe = MayAcknowledge(session_.tally());
  End(is_safe
          ? wanted_end_
          : absl::UnavailableError("the aggregator is stopping, and what was sent is not yet on its disk"));
  Leave();
}

void Call::GoOn() {
  if (!session_.ShouldWait()) {
    StartNextRead();
    return;
  }
  (void)Enter();
  pacer_.Defer(&read_wait_, session_.tally().record);
}

// What it sent is on disk. If the journal then has no room because of others, it looks again and again.
void Call::ReadOnDue() {
  if (Enter()) GoOn();
  Leave();
  Leave();  // of when it began to wait
}

bool Call::is_ending() {
  MutexLock lock(mutex_);
  return end_.has_value();
}

bool Call::MayAcknowledge(const StreamTally& tally) const {
  const IngestJournal* const journal = ingestor_.journal();
  return journal == nullptr || tally.record <= journal->acknowledgeable();
}

absl::Status Call::Take(const grpc::ByteBuffer& message) {
  absl::Status status = session_.CheckSize(message.Length());
  if (status.ok()) {
    std::unique_ptr<BatchScratch> scratch = ingestor_.BorrowScratch();
    grpc::Slice whole;
    status = session_.Receive(Contiguous(message, &whole, &scratch->bytes), *scratch);
    ingestor_.ReturnScratch(std::move(scratch));
  }
  if (!status.ok()) {
    spdlog::debug("refused from {}: {}", context_->peer(),
                  std::string_view(status.message().data(), status.message().size()));
  }
  return status;
}

}  // namespace obs
