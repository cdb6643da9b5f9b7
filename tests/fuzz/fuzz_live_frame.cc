// A binary frame, as obs-tail reads it; what can be read is also printed.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/live_table.h"
#include "app/sample_lines.h"
#include "live/frame_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  obs::LiveFrameDecoder decoder;
  const auto frame = decoder.Decode({reinterpret_cast<const char*>(data), size});
  if (!frame.ok()) return 0;
  obs::LiveTable table;
  std::string out;
  const auto lines = {obs::SampleLines::Text(), obs::SampleLines::Json(), obs::SampleLines::Csv()};
  for (const obs::LiveSample& sample : frame->samples) {
    table.Update(sample);
    for (const auto& format : lines) format->AppendSample(out, sample);
  }
  table.Render("", frame->head.timestamp_us, {});
  return 0;
}
