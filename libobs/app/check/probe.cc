#include "app/check/probe.h"

#include <algorithm>
#include <utility>

#include "agent/stream_probe.h"
#include "base/host_name.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kConnectTimeoutNs = 5 * kNanosPerSecond;

}  // namespace

Probe::Probe(CheckContext& context)
    : context_(context),
      delivery_({context.grpc(), context.options().api_key, kConnectTimeoutNs}, context.clock(), [] {}),
      router_(std::string(kProbeService), HostName(), {},
              [this](const SampleRouter::Source& source, EncodedBatch batch) {
                pushed_ = delivery_.Push(source, std::move(batch));
              }) {}

absl::Status Probe::Ask() const {
  StreamTarget target;
  target.address = context_.grpc();
  target.api_key = context_.options().api_key;
  target.connect_timeout_nanos = context_.TimeLeft(kConnectTimeoutNs);
  return ProbeStream(target, std::chrono::nanoseconds(target.connect_timeout_nanos));
}

absl::Status Probe::Send(double value) {
  ParsedSample sample;
  sample.series = kProbeName;
  sample.value = value;
  const absl::Status added = router_.Add(sample, context_.clock().NowNanos());
  if (!added.ok()) return added;
  router_.Flush();
  return std::exchange(pushed_, absl::OkStatus());
}

void Probe::Finish() {
  (void)delivery_.Finish();  // what is unconfirmed shows in the checks that follow
}

std::string Probe::Complaint() const {
  const DeliveryStats stats = delivery_.stats();
  if (!stats.reasons.empty()) return fmt::format("{}", fmt::join(stats.reasons, "; "));
  return stats.last_error.ok() ? "" : WordsOf(stats.last_error);
}

double Probe::NextValue() {
  // Unix time in microseconds: a double holds it exactly.
  const double now = static_cast<double>(context_.clock().NowNanos() / kNanosPerMicro);
  last_value_ = std::max(now, last_value_ + 1);
  return last_value_;
}

}  // namespace obs
