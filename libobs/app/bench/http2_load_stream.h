// A stream that costs the machine little: gRPC's own C++ client spends more on a small message than the
// aggregator does, so that with both on one machine the client would be measured. This one writes messages
// end to end into large frames, as clients of other languages do under load, and reads Acks between them.
//
// Thread safety: as LoadStream.
#pragma once

#include <memory>

#include "app/bench/load_stream.h"

namespace obs {

// Errors, at Finish(): what gRPC's own client gets to hear when it opens such a stream, if that fails; else
// what ended this one.
std::unique_ptr<LoadStream> OpenHttp2LoadStream(const LoadStream::Options& options);

}  // namespace obs
