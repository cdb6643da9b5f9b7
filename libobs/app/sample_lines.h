// Samples as lines: for people, or for other programs.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "live/frame_decoder.h"

namespace obs {

class SampleLines {
 public:
  virtual ~SampleLines() = default;

  // What comes before the first sample.
  virtual void AppendHeader(std::string&) {}
  // Makes room for a sample that is about to be appended, so that those before it are already in line with
  // it.
  virtual void MakeRoom(const LiveSample&) {}
  virtual void AppendSample(std::string& out, const LiveSample& sample) = 0;

  // Time of day, source, series and value, in columns as wide as was needed so far.
  static std::unique_ptr<SampleLines> Text();
  // JSON Lines: each sample as the live view's JSON frames have it.
  static std::unique_ptr<SampleLines> Json();
  // RFC 4180 with a header; timestamps are Unix milliseconds, labels as in name{...}.
  static std::unique_ptr<SampleLines> Csv();
};

}  // namespace obs
