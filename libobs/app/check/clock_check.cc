#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "app/check/checks.h"
#include "base/units.h"
#include "fmt/format.h"
#include "live/client.h"
#include "live/frame_decoder.h"

namespace obs {
namespace {

// An agent measures its host once a second, unless told otherwise.
constexpr std::int64_t kPatienceNs = 3 * kNanosPerSecond;
constexpr std::int64_t kReadTimeoutNs = 100 * kNanosPerMilli;
constexpr int kRateHz = 20;
// Samples come this late at most where nothing is wrong; more is a clock that is behind, or a slow line.
constexpr double kUsualDelaySeconds = 0.5;
// Above so many times --max-skew, nothing of that node lies where it belongs.
constexpr double kFarOff = 60;

using NodeKey = std::pair<std::string, std::string>;

// How old samples of each node seemed as they came, by the aggregator's clock. Delay makes them older, so the
// least is nearest to the difference of clocks. A clock that is ahead does not show: the aggregator takes
// samples from the future as of now.
class SkewMeter {
 public:
  // Only what changed while we watch has just been sent.
  void Take(const DecodedFrame& frame) {
    for (const LiveSample& sample : frame.samples) {
      if (known_.insert(*sample.series).second) continue;
      const double age = static_cast<double>(frame.head.timestamp_us - sample.timestamp_us) / 1e6;
      const auto [entry, is_new] = ages_.try_emplace({sample.series->service, sample.series->instance}, age);
      if (!is_new) entry->second = std::min(entry->second, age);
    }
  }

  bool Knows(const HeardNode& node) const { return ages_.contains({node.service, node.instance}); }
  double AgeOf(const HeardNode& node) const { return ages_.at({node.service, node.instance}); }

 private:
  absl::flat_hash_set<SeriesIdentity> known_;
  std::map<NodeKey, double> ages_;
};

absl::Status Watch(CheckContext& context, const std::vector<HeardNode>& nodes, SkewMeter* meter) {
  LiveClient client(context.LiveOptions({"{service!=\"obs-check\"}"}, kRateHz));
  if (absl::Status connected = client.Connect(); !connected.ok()) return connected;
  LiveFrameDecoder decoder;
  std::string message;
  const std::int64_t until_ns = context.clock().MonotonicNanos() + context.TimeLeft(kPatienceNs);
  while (context.clock().MonotonicNanos() < until_ns &&
         !std::ranges::all_of(nodes, [&](const HeardNode& node) { return meter->Knows(node); })) {
    const absl::Status read = client.Read(&message, kReadTimeoutNs);
    if (absl::IsDeadlineExceeded(read)) continue;
    if (!read.ok()) return read;
    if (!client.got_binary()) continue;
    const auto frame = decoder.Decode(message);
    if (!frame.ok()) return frame.status();
    meter->Take(*frame);
  }
  client.Close();
  return absl::OkStatus();
}

// How far a clock must be behind to explain `age`.
double SkewOf(double age) {
  return std::max(0.0, age - kUsualDelaySeconds);
}

CheckResult Judge(const std::vector<HeardNode>& nodes, const SkewMeter& meter, double max_skew_seconds) {
  CheckResult result;
  double worst = 0;
  std::size_t silent = 0;
  std::vector<std::string> off;
  for (const HeardNode& node : nodes) {
    if (!meter.Knows(node)) {
      ++silent;
      continue;
    }
    const double skew = SkewOf(meter.AgeOf(node));
    worst = std::max(worst, skew);
    if (skew > max_skew_seconds) {
      off.push_back(fmt::format("{}/{} is {:.1f} s behind", node.service, node.instance, meter.AgeOf(node)));
    }
    result.measures.push_back({fmt::format("{}/{} skew", node.service, node.instance), skew, "s",
                               fmt::format("{}", max_skew_seconds),
                               fmt::format("{}", kFarOff * max_skew_seconds)});
  }
  if (!off.empty()) {
    result.status = worst > kFarOff * max_skew_seconds ? CheckStatus::kFail : CheckStatus::kWarn;
    result.measured = fmt::format("{}", fmt::join(off, ", "));
    result.mend = "let NTP set that node's clock, and the aggregator's";
    return result;
  }
  const std::size_t told = nodes.size() - silent;
  result.measured = fmt::format("{} clock{} at most {:.1f} s behind the aggregator's", told,
                                told == 1 ? "" : "s", max_skew_seconds);
  if (silent > 0) result.measured += fmt::format("; {} sent nothing new to tell by", silent);
  return result;
}

}  // namespace

CheckResult CheckClocks(CheckContext& context) {
  const auto status = context.ReadStatus();
  if (!status.ok()) return Failure(WordsOf(status.status()), "see the health check");
  std::vector<HeardNode> nodes = NodesOf(*status);
  std::erase_if(nodes, [](const HeardNode& node) { return !node.is_live; });
  SkewMeter meter;
  if (!nodes.empty()) {
    const absl::Status watched = Watch(context, nodes, &meter);
    if (!watched.ok()) return Failure(WordsOf(watched), WatchMend(context));
  }
  return Judge(nodes, meter, static_cast<double>(context.options().max_skew_ns) / 1e9);
}

}  // namespace obs
