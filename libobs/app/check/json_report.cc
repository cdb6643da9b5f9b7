#include "app/check/report.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

using Json = nlohmann::ordered_json;

// Names come from outside, and may not be UTF-8.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// One object a check, then one for all: {"result": ...}.
class JsonReport final : public CheckReport {
 public:
  std::string Begin(std::size_t) override { return ""; }

  std::string Add(const CheckResult& result) override {
    Json out{
        {"check", result.name}, {"status", CheckStatusName(result.status)}, {"measured", result.measured}};
    if (!result.mend.empty()) out["mend"] = result.mend;
    Json values = Json::object();
    for (const CheckMeasure& measure : result.measures) {
      values[measure.unit == "s" ? measure.name + "_seconds" : measure.name] = measure.value;
    }
    out["values"] = std::move(values);
    out["seconds"] = result.seconds;
    return Dump(out);
  }

  std::string End(const CheckSummary& summary) override {
    return Dump({{"result", CheckStatusName(summary.Worst())},
                 {"ok", summary.ok},
                 {"warn", summary.warn},
                 {"fail", summary.fail},
                 {"skip", summary.skip},
                 {"seconds", summary.seconds}});
  }
};

}  // namespace

std::unique_ptr<CheckReport> MakeJsonReport() {
  return std::make_unique<JsonReport>();
}

}  // namespace obs
