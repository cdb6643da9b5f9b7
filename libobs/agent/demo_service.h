// A simulated web service: requests arrive, wait for one of a few workers, take their time and end with a
// status. Its load follows a daily wave, sped up to minutes, with bursts in which the workers cannot keep up:
// then the queue grows, latency with it, and once the queue is full requests are refused.
//
// The same seed and the same times give the same requests, on every platform.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <random>
#include <string_view>
#include <vector>

namespace obs {

class DemoService {
 public:
  static constexpr double kDaySeconds = 240;
  static constexpr std::size_t kWorkers = 12;
  static constexpr std::size_t kMaxQueue = 250;

  struct Route {
    std::string_view method;
    std::string_view path;
    double share;           // of all requests
    double median_seconds;  // of the time a worker takes
    int client_error;       // status of a client's own mistakes,
    double client_error_share;
  };

  struct Finished {
    const Route* route;
    int status;
    double duration_seconds;  // from arrival to end
  };

  explicit DemoService(std::uint64_t seed);

  // Lives on until `seconds` since its start, and reports each request that ended, in order.
  void AdvanceTo(double seconds, const std::function<void(const Finished&)>& on_finished);

  // Requests a second that arrive at a time, bursts aside.
  static double WaveRate(double seconds);

  std::size_t queue_depth() const { return waiting_.size(); }
  std::size_t in_flight() const { return waiting_.size() + busy_.size(); }

 private:
  struct Request {
    double arrival = 0;
    double work_seconds = 0;
    const Route* route = nullptr;
    int status = 0;
  };
  struct Job {
    double end = 0;
    Request request;
    friend bool operator>(const Job& a, const Job& b) { return a.end > b.end; }
  };

  double Uniform();  // in (0, 1]
  double Exponential(double mean);
  double Normal();

  // Moves the burst and the next arrival on past `now`.
  void PlanBurst(double now);
  void PlanArrival();
  Request MakeRequest(double now);
  void StartWork(double now, const Request& request);

  std::mt19937_64 random_;
  double burst_begin_ = 0;
  double burst_end_ = 0;
  double burst_factor_ = 1;
  double next_arrival_ = 0;
  std::deque<Request> waiting_;
  std::priority_queue<Job, std::vector<Job>, std::greater<>> busy_;
};

}  // namespace obs
