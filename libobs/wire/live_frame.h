// The frames that watchers receive over the WebSocket, as JSON text or as telemetry.LiveFrame.
//
// A frame is a head, made for each watcher (it counts its own frames), and a body, which all watchers of one
// selection share. Their bytes, one behind the other, are the message. What is constant of a series, and its
// newest sample, are encoded once and copied into as many bodies as want them.
//
// JSON: {"seq":1,"timestamp":1700000000000.123,"skipped":0,"samples":[...],"gone":[...]}. Numbers that JSON
// lacks are null, but for the upper bound of an open last bucket, which is the string "+Inf".
//
// Thread safety: codecs are stateless; a body writer belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "model/histogram_state.h"
#include "model/metric_kind.h"
#include "model/series_identity.h"

namespace obs {

enum class LiveFormat : std::uint8_t { kJson, kBinary };

struct LiveFrameHead {
  std::uint64_t seq = 0;
  std::int64_t timestamp_us = 0;
  std::uint64_t skipped = 0;
  bool history = false;  // in JSON each sample says so
};

// One sample of one series, already encoded by the codec of the body it is for.
struct EncodedSample {
  std::uint32_t ref = 0;
  MetricKind kind = MetricKind::kGauge;
  std::string_view series;  // from AppendSeries()
  std::string_view sample;  // from AppendValue() or AppendHistogram()
  std::int64_t timestamp_us = 0;
  double value = 0;  // gauges and counters
};

class LiveBodyWriter {
 public:
  virtual ~LiveBodyWriter() = default;

  // Tells what `ref` means. JSON needs no such thing: there it does nothing.
  virtual void Announce(std::string_view series) = 0;
  virtual void AddSample(const EncodedSample& sample) = 0;
  virtual void AddGone(std::uint32_t ref, std::string_view series) = 0;

  // About what Finish() will return.
  virtual std::size_t bytes() const = 0;
  // True if nothing was added.
  virtual bool empty() const = 0;

  // The body. Call once, last.
  virtual std::string Finish() = 0;
};

class LiveCodec {
 public:
  virtual ~LiveCodec() = default;
  static const LiveCodec& For(LiveFormat format);

  virtual void AppendHead(std::string& out, const LiveFrameHead& head) const = 0;

  // The constant part of a series.
  virtual void AppendSeries(std::string& out, std::uint32_t ref, const SeriesIdentity& identity) const = 0;

  // What changes. `history` marks a sample as such, in JSON.
  virtual void AppendValue(std::string& out, std::int64_t timestamp_us, double value, bool history) const = 0;
  virtual void AppendHistogram(std::string& out, std::uint32_t ref, std::int64_t timestamp_us,
                               const HistogramState& state, bool history) const = 0;

  // `timestamp_us`: as the heads will have it.
  virtual std::unique_ptr<LiveBodyWriter> NewBody(std::int64_t timestamp_us) const = 0;
};

}  // namespace obs
