// Reads repeated scalars into PackedViews. A field that came as one packed chunk, as nearly all do, is a view
// into the bytes that are read. One that came in pieces, or as elements that are not packed, is joined here:
// packed pieces in a row are themselves a packed field.
//
// Thread safety: one thread at a time. Views live until Clear().
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "wire/packed.h"
#include "wire/proto_reader.h"

namespace obs {

class PackedJoiner {
 public:
  // Each adds the reader's current field, one packed chunk or one element, to `view`. False if the reader
  // fails.
  bool ReadVarints(ProtoReader& reader, PackedView* view);
  bool ReadDoubles(ProtoReader& reader, PackedView* view);

  void Clear() { used_ = 0; }
  std::size_t HeapBytes() const;

 private:
  void Append(PackedView* view, std::string_view chunk, std::size_t elements);

  std::deque<std::string> joined_;  // those behind used_ keep their memory for later
  std::size_t used_ = 0;
};

}  // namespace obs
