#include "app/bench/history_filler.h"

#include <utility>

#include "app/bench/bench_series.h"
#include "base/clock.h"
#include "base/host_name.h"
#include "fmt/format.h"
#include "http/client.h"
#include "nlohmann/json.hpp"
#include "wire/proto_writer.h"

namespace obs {
namespace {

// Field numbers of telemetry.proto.
constexpr std::uint32_t kService = 1, kInstance = 2, kSeries = 9;
constexpr std::uint32_t kSeriesRef = 1, kSeriesName = 2, kSeriesKind = 3, kSeriesLabels = 4;

constexpr std::uint64_t kAnnouncedAtOnce = 1000;
constexpr std::size_t kBatchBytes = 256 * 1024;
// Collectors are never exactly on time.
constexpr std::int64_t kJitterNs = 700 * kNanosPerMicro;
// Of the seconds, how many must be found in history: those at its ends may have left it or not come yet.
constexpr double kLeastKept = 0.97;

std::uint64_t WireKind(MetricKind kind) {
  switch (kind) {
    case MetricKind::kGauge: return 1;
    case MetricKind::kCounter: return 2;
    case MetricKind::kHistogram: return 3;
  }
  return 0;
}

std::size_t CountPoints(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded() || !json.contains("series") || json["series"].size() != 1) return 0;
  return json["series"][0]["points"].size();
}

}  // namespace

HistoryFiller::HistoryFiller(const BenchTarget& target, std::int64_t history_ns, const Content& content)
    : target_(target),
      seconds_(history_ns / kNanosPerSecond),
      content_(content),
      instance_(fmt::format("{}-{:x}", HostName(), Clock::System().NowNanos())),
      values_(content.series) {
  AppendBytesField(identity_, kService, kBenchService);
  AppendBytesField(identity_, kInstance, instance_);
}

std::string HistoryFiller::NameOf(std::uint64_t ref) const {
  return ref < content_.series ? HostValues::NameOf(ref) : "bench_request_duration_seconds";
}

absl::Status HistoryFiller::Run(const BenchSetup& setup, BenchReport& report) {
  if (content_.series + content_.histograms == 0) return absl::OkStatus();
  const auto stream = LoadStream::Open({target_.grpc(), target_.api_key()});
  const std::int64_t now_ns = Clock::System().NowNanos();
  bool ok = Announce(*stream);
  for (std::int64_t second = 1; ok && second <= seconds_; ++second) {
    if (setup.interrupted()) return absl::CancelledError("interrupted");
    setup.progress(fmt::format("memory: second {} of {}", second, seconds_));
    const std::int64_t jitter_ns = second * 7919 * kNanosPerMicro % kJitterNs;
    ok = SendSecond(*stream, now_ns - (seconds_ - second) * kNanosPerSecond - jitter_ns);
  }
  if (absl::Status status = stream->Finish(); !status.ok()) return status;
  const LoadAck& ack = stream->ack();
  if (ack.accepted != sent_ || ack.rejected + ack.duplicates != 0) {
    report.Blame(fmt::format("of {} samples sent, {} were acknowledged, {} rejected, {} taken for duplicates",
                             sent_, ack.accepted, ack.rejected, ack.duplicates));
  }
  for (const std::string& reason : ack.reasons) report.Blame("rejected: " + reason);
  return CheckHistory(now_ns, report);
}

bool HistoryFiller::Announce(LoadStream& stream) {
  std::string message = identity_, field;
  const std::uint64_t end = content_.series + content_.histograms;
  for (std::uint64_t ref = 0; ref < end; ++ref) {
    const MetricKind kind = ref < content_.series ? HostValues::KindOf(ref) : MetricKind::kHistogram;
    field.clear();
    AppendVarintField(field, kSeriesRef, ref);
    AppendBytesField(field, kSeriesName, NameOf(ref));
    AppendVarintField(field, kSeriesKind, WireKind(kind));
    AppendMapField(field, kSeriesLabels, "device", fmt::format("device-{}", ref));
    AppendMapField(field, kSeriesLabels, "job", "node");
    AppendMapField(field, kSeriesLabels, "region", "eu-central-1");
    AppendBytesField(message, kSeries, field);
    if ((ref + 1) % kAnnouncedAtOnce != 0 && ref + 1 != end) continue;
    if (!stream.Write(message, false)) return false;
    message = identity_;
  }
  return true;
}

bool HistoryFiller::SendSecond(LoadStream& stream, std::int64_t timestamp_ns) {
  const auto send_if_full = [&] { return writer_.bytes() < kBatchBytes || Send(stream); };
  for (std::uint64_t ref = 0; ref < content_.series; ++ref) {
    writer_.Add(static_cast<std::uint32_t>(ref), timestamp_ns, values_.Next(ref));
    if (!send_if_full()) return false;
  }
  for (std::uint64_t i = 0; i < content_.histograms; ++i) {
    writer_.AddSketch(static_cast<std::uint32_t>(content_.series + i), timestamp_ns, values_.NextDurations());
    if (!send_if_full()) return false;
  }
  return writer_.empty() || Send(stream);
}

bool HistoryFiller::Send(LoadStream& stream) {
  const EncodedBatch batch = writer_.Take();
  sent_ += batch.samples;
  return stream.Write(identity_ + batch.bytes, false);
}

absl::Status HistoryFiller::CheckHistory(std::int64_t newest_ns, BenchReport& report) const {
  const std::int64_t age_s = (Clock::System().NowNanos() - newest_ns) / kNanosPerSecond;
  const std::string url = fmt::format(
      "{}/api/v1/history?match={}%7Binstance%3D%22{}%22,device%3D%22device-0%22%7D&since={}s&step=1s",
      target_.http_url(), NameOf(0), instance_, seconds_ + age_s);
  HttpGetOptions get;
  if (!target_.api_key().empty()) get.headers = {{"Authorization", "Bearer " + target_.api_key()}};
  const auto answer = HttpGet(url, get);
  if (!answer.ok()) return answer.status();
  const std::size_t points = CountPoints(answer->body);
  if (static_cast<double>(points) < kLeastKept * static_cast<double>(seconds_)) {
    report.Blame(fmt::format("history holds {} of {} points", points, seconds_));
  }
  return absl::OkStatus();
}

void HistoryFiller::Check(const ServerStatus& status, BenchReport& report) const {
  if (sent_ == 0) return;
  const ServerStatus::Account* account = status.Find(kBenchService, instance_);
  if (account == nullptr || account->accepted != sent_ || account->difference != 0) {
    report.Blame(fmt::format("the ledger does not balance for {}", instance_));
  }
}

}  // namespace obs
