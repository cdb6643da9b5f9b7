// A gate that is open until told otherwise.
//
// Thread safety: any thread.
#pragma once

#include <atomic>

#include "ingest/load_gate.h"

namespace obs {

struct FakeGate : LoadGate {
  bool AdmitsStream() override { return open; }
  bool AdmitsBatch(StreamLoad&) override { return open; }
  void NoteLag(StreamLoad&, std::int64_t) override {}

  std::atomic<bool> open{true};
};

}  // namespace obs
