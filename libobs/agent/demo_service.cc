#include "agent/demo_service.h"

#include <array>
#include <cmath>
#include <numbers>

namespace obs {
namespace {

// Requests a second, averaged over a day.
constexpr double kMeanRate = 160;
// How far the wave departs from that, as a share of it.
constexpr double kWaveShare = 0.65;

constexpr double kBurstEverySeconds = 35;  // on average
constexpr double kMaxBurstFactor = 4;
// No rate is above this: arrivals are drawn at this rate and thinned out to the rate of the moment.
constexpr double kMaxRate = kMeanRate * (1 + kWaveShare) * kMaxBurstFactor;

// Log-normal work: this spread around the route's median, and now and then a slow one.
constexpr double kSigma = 0.45;
constexpr double kSlowShare = 0.012;
constexpr double kSlowFactor = 9;

constexpr double kServerErrorShare = 0.003;
constexpr double kRefusalSeconds = 0.0005;

constexpr std::array<DemoService::Route, 5> kRoutes{{
    {"GET", "/", 0.35, 0.006, 404, 0.002},
    {"GET", "/products", 0.30, 0.018, 404, 0.015},
    {"GET", "/search", 0.15, 0.045, 400, 0.004},
    {"POST", "/login", 0.10, 0.030, 401, 0.060},
    {"POST", "/checkout", 0.10, 0.070, 409, 0.008},
}};

}  // namespace

DemoService::DemoService(std::uint64_t seed) : random_(seed) {
  PlanBurst(0);
  PlanArrival();
}

double DemoService::WaveRate(double seconds) {
  return kMeanRate * (1 + kWaveShare * std::sin(2 * std::numbers::pi * seconds / kDaySeconds));
}

void DemoService::AdvanceTo(double seconds, const std::function<void(const Finished&)>& on_finished) {
  while (true) {
    const bool ends_first = !busy_.empty() && busy_.top().end <= next_arrival_;
    const double now = ends_first ? busy_.top().end : next_arrival_;
    if (now > seconds) return;
    if (ends_first) {
      const Request done = busy_.top().request;
      busy_.pop();
      if (!waiting_.empty()) {
        StartWork(now, waiting_.front());
        waiting_.pop_front();
      }
      on_finished({done.route, done.status, now - done.arrival});
      continue;
    }
    const Request request = MakeRequest(now);
    PlanArrival();
    if (busy_.size() < kWorkers)
      StartWork(now, request);
    else if (waiting_.size() < kMaxQueue)
      waiting_.push_back(request);
    else
      on_finished({request.route, 503, kRefusalSeconds});
  }
}

// std::mt19937_64 is the same everywhere; the standard's distributions are not.
double DemoService::Uniform() {
  return (static_cast<double>(random_() >> 11) + 1) * 0x1p-53;
}

double DemoService::Exponential(double mean) {
  return -mean * std::log(Uniform());
}

double DemoService::Normal() {
  const double radius = std::sqrt(-2 * std::log(Uniform()));
  return radius * std::cos(2 * std::numbers::pi * Uniform());
}

void DemoService::PlanBurst(double now) {
  burst_begin_ = now + Exponential(kBurstEverySeconds);
  burst_end_ = burst_begin_ + 3 + 6 * Uniform();
  burst_factor_ = 2 + (kMaxBurstFactor - 2) * Uniform();
}

void DemoService::PlanArrival() {
  double rate = 0;
  do {
    next_arrival_ += Exponential(1 / kMaxRate);
    if (next_arrival_ > burst_end_) PlanBurst(next_arrival_);
    rate = WaveRate(next_arrival_) * (next_arrival_ >= burst_begin_ ? burst_factor_ : 1);
  } while (Uniform() * kMaxRate > rate);
}

DemoService::Request DemoService::MakeRequest(double now) {
  double pick = Uniform();
  const Route* route = kRoutes.data();
  while (pick > route->share && route != &kRoutes.back()) {
    pick -= route->share;
    ++route;
  }
  double work = route->median_seconds * std::exp(kSigma * Normal());
  if (Uniform() < kSlowShare) work *= kSlowFactor;
  const double fate = Uniform();
  int status = 200;
  if (fate < kServerErrorShare)
    status = 500;
  else if (fate < kServerErrorShare + route->client_error_share)
    status = route->client_error;
  return {now, work, route, status};
}

void DemoService::StartWork(double now, const Request& request) {
  busy_.push({now + request.work_seconds, request});
}

}  // namespace obs
