#include "wire/announcement.h"

#include "wire/proto_writer.h"

namespace obs {
namespace {

// Fields of TelemetryBatch and SeriesAnnouncement in telemetry.proto.
constexpr std::uint32_t kBatchSeries = 9;
constexpr std::uint32_t kRef = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kKind = 3;
constexpr std::uint32_t kLabels = 4;
constexpr std::uint32_t kSharedTotal = 5;

std::size_t BodyBytes(std::uint32_t ref, std::string_view announced) {
  return 1 + VarintBytes(ref) + announced.size();
}

}  // namespace

std::string EncodeAnnounced(std::string_view name, MetricKind kind, const LabelSet& labels,
                            bool shared_total) {
  std::string out;
  AppendBytesField(out, kName, name);
  AppendVarintField(out, kKind, static_cast<std::uint8_t>(kind));
  for (const LabelView label : labels) AppendMapField(out, kLabels, label.name, label.value);
  if (shared_total) AppendVarintField(out, kSharedTotal, 1);
  return out;
}

void AppendAnnouncement(std::string& out, std::uint32_t ref, std::string_view announced) {
  AppendTag(out, kBatchSeries, WireType::kBytes);
  AppendVarint(out, BodyBytes(ref, announced));
  AppendVarintField(out, kRef, ref);
  out.append(announced);
}

std::size_t AnnouncementBytes(std::uint32_t ref, std::string_view announced) {
  const std::size_t body = BodyBytes(ref, announced);
  return 1 + VarintBytes(body) + body;
}

}  // namespace obs
