#include "app/server_status.h"

#include <algorithm>

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace obs {

// Where it is found by argument-dependent look-up; members are called as the document has them.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ServerStatus::Live, watchers, frames_sent, frames_skipped,
                                                ticks, ticks_missed, tick_lateness_p50_ms,
                                                tick_lateness_p99_ms, tick_lateness_max_ms,
                                                tick_duration_p50_ms, tick_duration_p99_ms)

namespace {

using Json = nlohmann::json;

// The sum of `counts`, each of which is added to `losses`.
std::uint64_t SumOf(const Json& counts, ServerStatus::Account& account) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : counts.items()) {
    account.losses.emplace_back(reason, count.get<std::uint64_t>());
    sum += account.losses.back().second;
  }
  return sum;
}

ServerStatus::Account AccountOf(const Json& json) {
  ServerStatus::Account account;
  account.service = json.value("service", "");
  account.instance = json.value("instance", "");
  json.at("sent").get_to(account.sent);
  json.at("accepted").get_to(account.accepted);
  json.at("duplicate").get_to(account.duplicate);
  json.at("difference").get_to(account.difference);
  account.rejected = SumOf(json.at("rejected"), account);
  account.dropped = SumOf(json.at("dropped"), account);
  return account;
}

ServerStatus::Producer ProducerOf(const Json& json) {
  ServerStatus::Producer producer;
  json.at("service").get_to(producer.service);
  json.at("instance").get_to(producer.instance);
  json.at("connected").get_to(producer.connected);
  json.at("reports").get_to(producer.reports);
  json.at("last_seen").get_to(producer.last_seen_ms);
  if (const Json offset = json.value("clock_offset_ms", Json()); !offset.is_null()) {
    producer.clock_offset_ms = offset.get<double>();
  }
  return producer;
}

}  // namespace

const ServerStatus::Account* ServerStatus::Find(std::string_view service, std::string_view instance) const {
  const auto found = std::ranges::find_if(accounts, [&](const Account& account) {
    return account.service == service && account.instance == instance;
  });
  return found == accounts.end() ? nullptr : &*found;
}

absl::StatusOr<ServerStatus> ParseServerStatus(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    ServerStatus status;
    json.at("version").get_to(status.version);
    json.at("time").get_to(status.time_ms);
    json.at("uptime_seconds").get_to(status.uptime_seconds);
    json.at("ports").at("grpc").get_to(status.grpc_port);
    json.at("ports").at("metrics").get_to(status.metrics_port);
    json.at("process").at("cpu_seconds").get_to(status.cpu_seconds);
    json.at("process").at("resident_bytes").get_to(status.resident_bytes);
    json.at("store").at("memory_bytes").get_to(status.store_bytes);
    json.at("store").at("series").get_to(status.series);
    json.at("live").get_to(status.live);
    status.total = AccountOf(json.at("ledger"));
    const Json recovered = json.value("journal", Json::object()).value("recovered", Json::object());
    status.recovered_samples = recovered.value("samples", std::uint64_t{0});
    status.recovery_seconds = recovered.value("seconds", 0.0);
    for (const Json& node : json.at("nodes")) status.accounts.push_back(AccountOf(node));
    for (const Json& producer : json.at("producers")) status.producers.push_back(ProducerOf(producer));
    return status;
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(fmt::format("not an aggregator's status: {}", error.what()));
  }
}

}  // namespace obs
