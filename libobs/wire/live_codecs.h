// The two codecs behind LiveCodec::For().
#pragma once

#include "wire/live_frame.h"

namespace obs {

const LiveCodec& JsonLiveCodec();
const LiveCodec& BinaryLiveCodec();

}  // namespace obs
