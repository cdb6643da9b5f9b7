// Whatever lies on disk as a segment, reading it ends, and says no more than is there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "journal/journal.h"
#include "journal/segment.h"
#include "support/fake_file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  obs::FakeFileSystem files;
  files.Put("/journal/" + obs::SegmentName(1), bytes);
  std::uint64_t payload_bytes = 0;
  std::uint64_t last = 0;
  const auto journal = obs::Journal::Open({.directory = "/journal"}, files,
                                          [&](std::uint64_t number, std::string_view payload) {
                                            if (number == 0) return;
                                            if (number != last + 1) std::abort();
                                            last = number;
                                            payload_bytes += obs::kFrameHeadBytes + payload.size();
                                          });
  if (!journal.ok()) std::abort();
  const obs::JournalCondition& condition = (*journal)->condition();
  if (condition.records != last || condition.segments != 1) std::abort();
  if (payload_bytes + condition.cut_bytes > size) std::abort();

  const std::string_view record = "next";
  if (!(*journal)->Write({&record, 1}).ok()) std::abort();
  return 0;
}
