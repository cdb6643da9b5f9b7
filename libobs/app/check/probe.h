// Sends samples of the probe, as any client would.
//
// Thread safety: one thread.
#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "app/check/context.h"
#include "app/delivery.h"
#include "app/sample_router.h"

namespace obs {

class Probe {
 public:
  explicit Probe(CheckContext& context);

  // OK if the aggregator would take samples. Errors: UNAUTHENTICATED or PERMISSION_DENIED for the key,
  // UNAVAILABLE or DEADLINE_EXCEEDED if nobody answers; the message names the address.
  absl::Status Ask() const;

  // Begins to send one sample of this value.
  absl::Status Send(double value);

  // Waits a little until all that was sent is confirmed, and ends the stream.
  void Finish();

  // What the aggregator said against samples; "" if it took them all.
  std::string Complaint() const;

  // A value that no other probe has sent of late, at each call greater.
  double NextValue();

 private:
  CheckContext& context_;
  Delivery delivery_;
  absl::Status pushed_;
  SampleRouter router_;
  double last_value_ = 0;
};

}  // namespace obs
