// How an Agent is set up. Every field has a default that works on one machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace obs {

struct Config {
  // What the program is, for example "checkout". Empty: the host's name.
  std::string service_name = {};

  // Which of its instances. Empty: the host's name, "-" and the process id; with a spool the host's name
  // alone, since that is the same after a restart.
  std::string instance_id = {};

  // HOST:PORT of the aggregator's gRPC port.
  std::string aggregator_addr = "localhost:9000";

  // Sent with every call, never logged. Empty: none.
  std::string api_key = {};

  // How often what changed is sent. At least 1 ms.
  std::chrono::milliseconds push_interval{20};

  // Most samples kept for sending again until the aggregator has confirmed them. When full, the oldest are
  // dropped and counted. At the default, about 16 MB for counters and gauges, reached only while the
  // aggregator is away.
  std::size_t buffer_size = 1'000'000;

  // A directory in which samples are kept until the aggregator has confirmed them, so that they outlive this
  // process: the next agent of the same service and instance sends them, as the same producer. They go there
  // before they are sent, and those that find no room in `buffer_size` wait there alone. Empty: none.
  std::string spool_dir = {};

  // Most bytes in it, at least 4 MiB. When full, the oldest samples are dropped and counted.
  std::uint64_t spool_limit = std::uint64_t{1} << 30;

  // Most series (names with labels) of this agent. What is recorded on further ones is dropped and counted.
  // At most 262,144 of one kind in the whole process.
  std::size_t max_series = 100'000;
};

}  // namespace obs
