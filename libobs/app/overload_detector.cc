#include "app/overload_detector.h"

#include <algorithm>

namespace obs {
namespace {

constexpr double kOwnShare = 0.4;
// Late measurements of a window: so many begin an overload, and it ends when there are none.
constexpr std::size_t kManyLate = 3;
// Parts of the memory limit between which it stays as it was.
constexpr double kFull = 0.97;
constexpr double kRoomAgain = 0.90;

}  // namespace

OverloadDetector::OverloadDetector(unsigned cores, std::uint64_t memory_limit_bytes)
    : cores_(std::max(cores, 1U)), memory_limit_bytes_(memory_limit_bytes) {}

void OverloadDetector::Observe(const Measurement& measurement) {
  window_[observed_++ % kWindow] = measurement;
  const std::size_t late = LateOnes();
  const bool is_ours = CpuShare() >= kOwnShare;
  lacks_cpu_ = is_ours && (late >= kManyLate || (lacks_cpu_ && late != 0));
  if (memory_limit_bytes_ == 0) return;
  const double held =
      static_cast<double>(measurement.resident_bytes) / static_cast<double>(memory_limit_bytes_);
  lacks_memory_ = held >= kFull || (lacks_memory_ && held >= kRoomAgain);
}

double OverloadDetector::CpuShare() const {
  if (observed_ < kWindow) return 0;
  const Measurement& newest = window_[(observed_ - 1) % kWindow];
  const Measurement& oldest = window_[observed_ % kWindow];
  const auto seconds = static_cast<double>(newest.now_ns - oldest.now_ns) / kNanosPerSecond;
  return seconds <= 0 ? 0 : (newest.cpu_seconds - oldest.cpu_seconds) / seconds / cores_;
}

std::size_t OverloadDetector::LateOnes() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(window_, [](const Measurement& one) { return one.late_ns > kLateNs; }));
}

}  // namespace obs
