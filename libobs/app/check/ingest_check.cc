#include <map>
#include <optional>

#include "app/check/checks.h"
#include "app/check/probe.h"
#include "fmt/format.h"
#include "live/client.h"
#include "live/frame_decoder.h"

namespace obs {
namespace {

constexpr std::int64_t kPatienceNs = 5 * kNanosPerSecond;
// Sent again and again, since another obs-check on this machine may send too, and of a gauge the newest
// value is all that comes.
constexpr std::int64_t kSendIntervalNs = 200 * kNanosPerMilli;
constexpr int kRateHz = 60;

// Reads one message; the newest of the probe's values in it, if there is one.
absl::StatusOr<std::optional<double>> ReadProbe(LiveClient& client, LiveFrameDecoder& decoder,
                                                std::int64_t timeout_ns) {
  std::string message;
  const absl::Status read = client.Read(&message, timeout_ns);
  if (absl::IsDeadlineExceeded(read)) return std::nullopt;
  if (!read.ok()) return read;
  if (!client.got_binary()) return std::nullopt;
  const auto frame = decoder.Decode(message);
  if (!frame.ok()) return frame.status();
  std::optional<double> value;
  for (const LiveSample& sample : frame->samples) value = sample.value;
  return value;
}

std::string MendOf(const absl::Status& refusal, const CheckContext& context) {
  if (absl::IsUnauthenticated(refusal) || absl::IsPermissionDenied(refusal)) {
    return "give a key that may ingest with --api-key-file FILE or $API_KEY";
  }
  return fmt::format(
      "let this machine reach {} (obs-aggregate --grpc-port), or say with --grpc HOST:PORT where it is",
      context.grpc());
}

CheckResult CameBack(double seconds, double value, CheckContext& context) {
  context.delivered_probe = value;
  CheckResult result;
  result.measured =
      fmt::format("a sample sent to {} was seen live after {:.1f} ms", context.grpc(), seconds * 1e3);
  result.measures = {{"round_trip", seconds, "s"}};
  return result;
}

}  // namespace

CheckResult CheckIngest(CheckContext& context) {
  Probe probe(context);
  if (const absl::Status asked = probe.Ask(); !asked.ok())
    return Failure(WordsOf(asked), MendOf(asked, context));
  LiveClient client(context.LiveOptions({ProbeSelector()}, kRateHz));
  if (const absl::Status connected = client.Connect(); !connected.ok()) {
    return Failure(fmt::format("cannot watch: {}", WordsOf(connected)), WatchMend(context));
  }
  LiveFrameDecoder decoder;
  std::map<double, std::int64_t> sent;  // when, by value
  const Clock& clock = context.clock();
  const std::int64_t until_ns = clock.MonotonicNanos() + context.TimeLeft(kPatienceNs);
  std::int64_t send_due_ns = 0;
  while (clock.MonotonicNanos() < until_ns) {
    const std::int64_t now_ns = clock.MonotonicNanos();
    if (now_ns >= send_due_ns) {
      send_due_ns = now_ns + kSendIntervalNs;
      const double value = probe.NextValue();
      sent.emplace(value, now_ns);
      if (const absl::Status pushed = probe.Send(value); !pushed.ok()) {
        return Failure(WordsOf(pushed), MendOf(pushed, context));
      }
    }
    const auto seen = ReadProbe(client, decoder, kSendIntervalNs / 2);
    if (!seen.ok()) return Failure(WordsOf(seen.status()), WatchMend(context));
    const auto found = seen->has_value() ? sent.find(**seen) : sent.end();
    if (found == sent.end()) continue;
    const double seconds = static_cast<double>(clock.MonotonicNanos() - found->second) / 1e9;
    client.Close();
    probe.Finish();
    return CameBack(seconds, found->first, context);
  }
  const std::string complaint = probe.Complaint();
  return Failure(
      fmt::format("none of {} samples sent to {} came back live{}{}", sent.size(), context.grpc(),
                  complaint.empty() ? "" : ": ", complaint),
      fmt::format("see that {} and {} are of the same aggregator, and that this machine's clock is right",
                  context.grpc(), context.options().url));
}

}  // namespace obs
