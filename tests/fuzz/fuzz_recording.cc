// Whatever frames a recording holds, playing it ends, and gives samples that can be sent.
//
// The input is cut into records, each behind its length in two bytes, and these are put into a sound segment
// with a sound head.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "app/recording.h"
#include "app/recording_player.h"
#include "app/sample_router.h"
#include "support/fake_file_system.h"

namespace {

std::string_view TakePiece(std::string_view& input) {
  const std::size_t size = static_cast<unsigned char>(input[0]) +
                           256u * (input.size() < 2 ? 0u : static_cast<unsigned char>(input[1]));
  input.remove_prefix(std::min<std::size_t>(input.size(), 2));
  const std::string_view piece = input.substr(0, size);
  input.remove_prefix(piece.size());
  return piece;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  obs::FakeFileSystem files;
  {
    obs::RecordingWriter writer(*files.Create("/recording"));
    if (!writer.Begin({.url = "ws://localhost:8080/ws"}).ok()) std::abort();
    while (!input.empty()) {
      if (!writer.Append(TakePiece(input)).ok()) std::abort();
    }
  }
  const auto player = obs::RecordingPlayer::Open(files, "/recording");
  if (!player.ok()) std::abort();
  std::uint64_t sent = 0;
  obs::SampleRouter router("service", "instance", {},
                           [&](const auto&, obs::EncodedBatch batch) { sent += batch.samples; });
  (*player)->Begin(1'700'000'000'000'000'000, 1);
  std::int64_t due = 0;
  std::uint64_t added = 0;
  while ((*player)->Next()) {
    if ((*player)->due_nanos() < due) std::abort();
    due = (*player)->due_nanos();
    (*player)->ForEachSample([&](const obs::ParsedSample& sample) {
      if (sample.distribution == nullptr ? !std::isfinite(sample.value)
                                         : obs::CountOf(*sample.distribution) == 0)
        std::abort();
      if (router.Add(sample, 1).ok()) ++added;
    });
  }
  router.Flush();
  if (sent != added) std::abort();
  return 0;
}
