// The first few rejections of a stream in words, for its Acks: of those alike, the first.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/reject_reason.h"

namespace obs {

class RejectionNotes {
 public:
  static constexpr std::size_t kMaxNotes = 8;

  // `batch`: its place in the stream, from 1. `metric`: the name, as it came; may be no UTF-8. `detail`: what
  // is wrong, or
  // "" for what the reason says by itself.
  void Add(RejectReason reason, std::uint64_t batch, std::string_view metric, std::string_view detail);

  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::vector<std::size_t> hashes_;  // of what each text tells, but for the batch
};

}  // namespace obs
