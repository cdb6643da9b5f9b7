// Whatever the head and the records of a spool say, opening it ends, and what it finds can be read.
//
// The input is cut into a head and records, each behind its length in one byte, and these are put into a
// sound segment.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/spool.h"
#include "journal/segment.h"
#include "support/fake_file_system.h"

namespace {

std::string TakePiece(std::string_view& input) {
  if (input.empty()) return "";
  const std::size_t size = static_cast<unsigned char>(input[0]);
  std::string piece(input.substr(1, size));
  input.remove_prefix(std::min(input.size(), size + 1));
  return piece;
}

template <typename Bytes>
void Append(std::string& out, const Bytes& bytes) {
  out.append(bytes.data(), bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string segment;
  Append(segment, obs::EncodeSegmentHeader(1));
  for (std::uint64_t number = obs::kSegmentHeadNumber; number == 0 || !input.empty(); ++number) {
    const std::string piece = TakePiece(input);
    Append(segment, obs::EncodeFrameHead(number, piece));
    segment += piece;
  }
  obs::FakeFileSystem files;
  files.Put("/spool/" + obs::SegmentName(1), segment);
  const auto spool = obs::Spool::Open({.directory = "/spool"}, "shop", "shop-1", files);
  if (!spool.ok()) {
    if (!absl::IsFailedPrecondition(spool.status())) std::abort();  // the spool of another instance
    return 0;
  }
  const obs::Spool::Found& found = (*spool)->found();
  if (found.batches == 0) return 0;
  const auto batches = (*spool)->Read(found.first_record, found.last_record, size + 1);
  if (batches.empty()) std::abort();
  std::uint64_t samples = 0;
  for (const obs::OutboundBatch& batch : batches) {
    if (batch.body == nullptr || batch.catalog == nullptr) std::abort();
    samples += batch.samples;
  }
  if (batches.size() == found.batches && samples != found.samples) std::abort();
  return 0;
}
