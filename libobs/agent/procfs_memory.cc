// /proc/meminfo.
#include <string>

#include "agent/procfs.h"
#include "agent/text_scan.h"

namespace obs::procfs {
namespace {

// "Active(anon)" becomes "node_memory_Active_anon".
void NameMemory(std::string_view key, std::string& name) {
  name = "node_memory_";
  for (const char c : key) {
    if (c == '(')
      name += '_';
    else if (c != ')')
      name += c;
  }
}

}  // namespace

// Lines: "Active(anon):       1620 kB" and "HugePages_Total:       0".
void ReadMemory(std::string_view text, MetricSink& sink) {
  constexpr double kBytesPerKb = 1024;
  std::string name;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    std::string_view key = TakeField(line);
    const auto value = TakeNumber<double>(line);
    if (!key.ends_with(':') || !value) continue;
    key.remove_suffix(1);
    NameMemory(key, name);
    const bool in_kb = TakeField(line) == "kB";
    if (in_kb) name += "_bytes";
    sink.Gauge(name, in_kb ? *value * kBytesPerKb : *value, {});
  }
}

}  // namespace obs::procfs
