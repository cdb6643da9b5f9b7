#include "wire/live_frame.h"

#include "wire/live_codecs.h"

namespace obs {

const LiveCodec& LiveCodec::For(LiveFormat format) {
  return format == LiveFormat::kJson ? JsonLiveCodec() : BinaryLiveCodec();
}

}  // namespace obs
