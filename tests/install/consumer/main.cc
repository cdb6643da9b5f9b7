// Records one metric of each kind, and prints the version of libobs that it was linked with.
#include <cstdio>

#include "obs/agent.h"
#include "obs/version.h"

int main() {
  obs::Agent agent({.service_name = "consumer"});
  agent.RecordGauge("queue_depth", 12);
  agent.RecordHistogram("order_value_euros", 23.50, {{"shop", "de"}});
  const obs::Counter orders = agent.counter("orders_total", {{"currency", "EUR"}});
  orders.Add(1);
  std::puts(obs::Version());
  return agent.service_name() == "consumer" ? 0 : 1;
}
