#include "http/response_head.h"

#include <ctime>
#include <iterator>

#include "base/clock.h"
#include "boost/beast/http/status.hpp"
#include "fmt/chrono.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: "
    "wss:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view ReasonOf(int status) {
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {reason.data(), reason.size()};
}

bool Has(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return true;
  }
  return false;
}

}  // namespace

bool MayHaveBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string FormatResponseHead(const HttpResponse& response, bool keep_alive, std::int64_t now_ns) {
  std::string head;
  auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S GMT}\r\nConnection: {}\r\n",
                 response.status, ReasonOf(response.status),
                 fmt::gmtime(static_cast<std::time_t>(now_ns / kNanosPerSecond)),
                 keep_alive ? "keep-alive" : "close");
  if (MayHaveBody(response.status)) {
    fmt::format_to(out, "Content-Type: {}\r\nContent-Length: {}\r\nX-Content-Type-Options: nosniff\r\n",
                   response.content_type, response.body == nullptr ? 0 : response.body->size());
  }
  if (response.content_type.starts_with("text/html")) {
    head += "X-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n";
    if (!Has(response, "Content-Security-Policy")) {
      fmt::format_to(out, "Content-Security-Policy: {}\r\n", kPagePolicy);
    }
  }
  for (const auto& [name, value] : response.headers) {
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  head += "\r\n";
  return head;
}

}  // namespace obs
