#include "app/aggregator_address.h"

#include <charconv>
#include <cstdint>

#include "fmt/format.h"

namespace obs {

absl::Status CheckAggregatorAddress(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  const std::string_view host = address.substr(0, colon == std::string_view::npos ? 0 : colon);
  const std::string_view port_text = colon == std::string_view::npos ? "" : address.substr(colon + 1);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool host_ok =
      in_brackets || (!host.empty() && host.find_first_of(":[]/ \t") == std::string_view::npos);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  const bool port_ok = error == std::errc() && end == port_text.data() + port_text.size() && port != 0;
  if (host_ok && port_ok) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "\"{}\" is not an aggregator's address; write HOST:PORT, for example localhost:9000", address));
}

}  // namespace obs
