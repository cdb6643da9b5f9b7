#include "agent/stream_probe.h"

#include <memory>

#include "base/mutex.h"
#include "base/units.h"
#include "fmt/format.h"

namespace obs {
namespace {

class Probe final : public StreamEvents {
 public:
  absl::Status Run(const StreamTarget& target, std::chrono::nanoseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::unique_ptr<PublishStream> stream;  // destroyed after the lock is given up
    MutexLock lock(mutex_);
    stream = PublishStream::Open(target, *this);
    stream_ = stream.get();
    stream_->HalfClose();
    while (stream_ != nullptr) {
      if (changed_.wait_until(mutex_, deadline) == std::cv_status::no_timeout || stream_ == nullptr) continue;
      stream_->Cancel();
      while (stream_ != nullptr) changed_.wait(mutex_);
      if (status_.code() != absl::StatusCode::kCancelled) break;
      return absl::DeadlineExceededError(fmt::format("no answer within {}", FormatDuration(timeout.count())));
    }
    return status_;
  }

 private:
  void OnOpen() override {}
  void OnWritable() override {}
  void OnAck(const Ack&) override {}
  void OnClosed(const StreamEnd& end) override {
    MutexLock lock(mutex_);
    stream_ = nullptr;
    status_ = end.status;
    changed_.notify_all();
  }

  Mutex mutex_;
  CondVar changed_;
  PublishStream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;  // null once it ended
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status ProbeStream(const StreamTarget& target, std::chrono::nanoseconds timeout) {
  if (absl::Status status = CheckTarget(target); !status.ok()) return status;
  const absl::Status status = Probe().Run(target, timeout);
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      fmt::format("{}: {}", target.address,
                                  std::string_view(status.message().data(), status.message().size())));
}

}  // namespace obs
