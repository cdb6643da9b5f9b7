#include "export/label_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "export/text_format.h"
#include "fmt/format.h"

namespace obs {
namespace {

// True if ExposedLabelName() would return `name` itself. Most names are so, and this is much cheaper.
bool IsExposedAsIs(std::string_view name) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name.front())) ||
      name.starts_with("__")) {
    return false;
  }
  for (const unsigned char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return name != "service" && name != "instance" && name != "le" && name != "quantile";
}

bool IsPlain(const LabelSet& labels) {
  return std::all_of(labels.begin(), labels.end(), [](const LabelView& label) {
    return !label.value.empty() && IsExposedAsIs(label.name);
  });
}

std::string AppendChanged(std::string& out, const LabelSet& labels) {
  std::vector<std::pair<std::string, std::string_view>> exposed;
  for (const auto& [name, value] : labels) {
    if (!value.empty()) exposed.emplace_back(ExposedLabelName(name), value);
  }
  // By their new names, so that equal sets give equal text.
  std::sort(exposed.begin(), exposed.end());
  const auto twice = std::adjacent_find(exposed.begin(), exposed.end(),
                                        [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != exposed.end()) return fmt::format("two labels of one series would both be {}", twice->first);
  for (const auto& [name, value] : exposed) {
    out += ',';
    AppendLabel(out, name, value);
  }
  return "";
}

}  // namespace

LabelText AppendLabelText(std::string& out, const SeriesIdentity& series) {
  const std::size_t before = out.size();
  AppendLabel(out, "service", series.service);
  out += ',';
  AppendLabel(out, "instance", series.instance);
  if (IsPlain(series.labels)) {
    for (const auto& [name, value] : series.labels) {
      out += ',';
      AppendLabel(out, name, value);
    }
    return {};
  }
  std::string fault = AppendChanged(out, series.labels);
  if (!fault.empty()) out.resize(before);
  return {true, std::move(fault)};
}

}  // namespace obs
