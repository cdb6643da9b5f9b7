#include "app/recording_player.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "wire/series_text.h"

namespace obs {
namespace {

// What was observed before a histogram was seen first: older than any window of the aggregator it is played
// to.
constexpr std::int64_t kBeforeNanos = 60 * kNanosPerSecond;
// A century, either way: of times that no one means, sums stay within 64 bits.
constexpr double kMaxElapsedNanos = 3e18;

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingPlayer>> RecordingPlayer::Open(FileSystem& files,
                                                                       const std::string& path) {
  auto survey = RecordingReader::Open(files, path);
  if (!survey.ok()) return survey.status();
  auto reader = RecordingReader::Open(files, path);
  if (!reader.ok()) return reader.status();
  std::unique_ptr<RecordingPlayer> player(new RecordingPlayer(*std::move(reader)));
  player->Survey(**survey);
  if (!(*survey)->status().ok()) return (*survey)->status();
  return player;
}

void RecordingPlayer::Survey(RecordingReader& reader) {
  bool is_first = true;
  while (reader.Next()) {
    const DecodedFrame& frame = reader.frame();
    if (std::exchange(is_first, false)) first_us_ = last_us_ = frame.head.timestamp_us;
    last_us_ = std::max(last_us_, frame.head.timestamp_us);
    if (frame.head.seq == 1) known_.clear();
    for (const LiveSample& sample : frame.samples) {
      if (sample.series->kind != MetricKind::kHistogram || sample.histogram.scale) continue;
      Track& track = TrackOf(sample.series);
      for (const auto& [bound, count] : sample.histogram.buckets) {
        if (std::isfinite(bound)) track.bounds.insert(bound);
      }
    }
  }
  known_.clear();
  cut_bytes_ = reader.cut_bytes();
  cut_at_ = reader.cut_at();
}

void RecordingPlayer::Begin(std::int64_t now_nanos, double speed) {
  at_once_ = speed == kAtOnce;
  speed_ = at_once_ ? 1 : speed;
  begin_nanos_ = now_nanos;
  if (at_once_) begin_nanos_ -= static_cast<std::int64_t>(Elapsed(last_us_));
}

bool RecordingPlayer::Next() {
  if (!reader_->Next()) return false;
  const LiveFrameHead& head = reader_->frame().head;
  if (head.seq == 1) known_.clear();
  if (!at_once_) due_nanos_ = std::max(due_nanos_, static_cast<std::int64_t>(Elapsed(head.timestamp_us)));
  return true;
}

std::uint64_t RecordingPlayer::ForEachSample(const std::function<void(const ParsedSample&)>& fn) {
  std::uint64_t bad = 0;
  for (const LiveSample& sample : reader_->frame().samples) {
    Track& track = TrackOf(sample.series);
    ParsedSample out;
    out.series = track.text;
    out.service = sample.series->service;
    out.instance = sample.series->instance;
    out.kind = sample.series->kind;
    out.timestamp_ns = Stamp(sample.timestamp_us);
    if (out.kind != MetricKind::kHistogram) {
      const bool is_counter = out.kind == MetricKind::kCounter;
      out.form = is_counter ? ParsedSample::Form::kTotal : ParsedSample::Form::kGauge;
      out.value = sample.value;
      if (std::isfinite(sample.value) && !(is_counter && sample.value < 0))
        fn(out);
      else
        ++bad;
      continue;
    }
    out.form = ParsedSample::Form::kDistribution;
    if (track.histogram == nullptr) {
      track.histogram =
          std::make_unique<HistogramReplay>(std::vector<double>(track.bounds.begin(), track.bounds.end()));
    }
    const HistogramReplay::News news = track.histogram->Update(sample.histogram);
    if (news.before) {
      ParsedSample before = out;
      before.timestamp_ns -= kBeforeNanos;
      before.distribution = &*news.before;
      fn(before);
    }
    if (news.now) {
      out.distribution = &*news.now;
      fn(out);
    }
  }
  return bad;
}

RecordingPlayer::Track& RecordingPlayer::TrackOf(const std::shared_ptr<const SeriesIdentity>& series) {
  Track*& known = known_[series];
  if (known != nullptr) return *known;
  std::unique_ptr<Track>& track = tracks_[*series];
  if (track == nullptr) {
    track = std::make_unique<Track>();
    AppendSeriesText(track->text, series->name, series->labels);
  }
  known = track.get();
  return *known;
}

double RecordingPlayer::Elapsed(std::int64_t timestamp_us) const {
  const double elapsed = static_cast<double>(timestamp_us - first_us_) * 1e3 / speed_;
  return std::clamp(elapsed, -kMaxElapsedNanos, kMaxElapsedNanos);
}

std::int64_t RecordingPlayer::Stamp(std::int64_t timestamp_us) const {
  return begin_nanos_ + static_cast<std::int64_t>(Elapsed(timestamp_us));
}

}  // namespace obs
