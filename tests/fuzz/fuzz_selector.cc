// Selector::Parse(): any text gives a selector or an error whose column lies in the text; a selector matches
// in bounds.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"
#include "model/selector.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const obs::SeriesIdentity kSeries{"cpu_percent",
                                           obs::MetricKind::kGauge,
                                           "api",
                                           "api-1",
                                           {{"core", "1"}, {"gr\xc3\xb6\xc3\x9f", "\xc3\xa4"}}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto selector = obs::Selector::Parse(text);
  if (selector.ok()) {
    (void)selector->Matches(kSeries);
    if (selector->text() != text) std::abort();
  } else {
    // It is sent to browsers as JSON.
    const absl::string_view message = selector.status().message();
    if (!obs::IsValidUtf8(std::string_view(message.data(), message.size()))) std::abort();
  }
  return 0;
}
