// The obs-send program: samples from text or from a recording, delivered to an aggregator, each one
// confirmed.
//
// Nothing is dropped: when the aggregator does not keep up, reading waits. Lines that come slowly leave at
// once; many are put together for 20 ms.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/exit_code.h"
#include "base/signals.h"
#include "obs/export.h"

namespace obs {

struct SenderOptions {
  std::string aggregator_addr = "localhost:9000";
  std::string api_key;
  // Whom lines are from that do not say. The instance's default is the host's name, so that calls one after
  // the other go on with the same series.
  std::string service = "obs-send";
  std::string instance;
  // NAME=VALUE, added to every series that lacks the name.
  std::vector<std::string> labels;
  // auto, line, json, statsd or prometheus.
  std::string format = "auto";
  // The words of one line; empty: lines are read from stdin.
  std::vector<std::string> words;
  // What obs-tail recorded, to be played instead of reading stdin; empty: nothing.
  std::string recording;
  // Of playing it: 2 is twice as fast as it was recorded; 0: as fast as the aggregator takes it.
  double speed = 1;
  // How long the aggregator may do nothing while there is nothing to do but wait for it. 0: for ever.
  std::int64_t timeout_nanos = 10 * kNanosPerSecond;
  // Where samples are kept until they are confirmed, so that the next run can deliver what this one could
  // not. Empty: nowhere.
  std::string spool_directory;
  std::uint64_t spool_limit_bytes = std::uint64_t{1} << 30;  // for each service and instance
};

struct OBS_EXPORT SendSummary {
  std::uint64_t lines = 0;
  std::uint64_t bad_lines = 0;
  std::uint64_t frames = 0;        // played of the recording
  std::uint64_t samples = 0;       // found in the other lines, or in the frames
  std::uint64_t acknowledged = 0;  // of them: confirmed, accepted or not
  std::uint64_t rejected = 0;      // of those: refused one by one
  std::uint64_t taken_over = 0;    // samples that earlier runs left in the spool, apart from all others
  std::uint64_t taken_over_acknowledged = 0;
  std::uint64_t dropped = 0;         // samples of batches that were refused as a whole
  std::vector<std::string> reasons;  // of rejections, the first few
  bool input_failed = false;         // reading it; or the recording is damaged, or none
  bool bad_words = false;            // the one sample is none
  bool spool_failed = false;         // it could not be opened
  // Why not everything was confirmed; OK if it was. INVALID_ARGUMENT: the options make no sense.
  absl::Status delivery;
  bool interrupted = false;

  ExitCode exit_code() const;
  // One JSON object, without a line feed.
  std::string ToJson() const;
};

// Something to tell people while it runs; called from one thread at a time.
struct SenderTalk {
  std::function<void(std::string_view)> problem;
  std::function<void(std::string_view)> notice;
  // The numbers so far, about twice a second; may be empty.
  std::function<void(const SendSummary&)> progress;
};

// Runs until the input ends and all is confirmed, the time-out passes, or SIGINT or SIGTERM comes. `signals`
// was made before any other thread.
OBS_EXPORT SendSummary RunSender(const SenderOptions& options, SignalWaiter& signals, const SenderTalk& talk);

}  // namespace obs
