#include "app/start_page.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "fmt/format.h"
#include "obs/version.h"

namespace obs {
namespace {

// The host name in a Host header, without its port; "localhost" unless it consists of what host names consist
// of, since it becomes part of the page.
std::string HostName(const HttpRequest& request) {
  const std::string* header = request.Header("host");
  if (header == nullptr) return "localhost";
  std::string host = *header;
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) host.resize(colon);
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view(".-_[]:").find(static_cast<char>(c)) != std::string_view::npos;
  };
  return !host.empty() && std::ranges::all_of(host, allowed) ? host : "localhost";
}

constexpr char kPage[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>obs-aggregate</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }}
  code {{ font-family: ui-monospace, monospace; }}
  td {{ padding: .2rem 1.5rem .2rem 0; vertical-align: top; }}
</style>
</head>
<body>
<h1>obs-aggregate {version}</h1>
<p>It is running. Watch it from a terminal with <code>obs-tail</code>, send to it with <code>obs-send</code>.</p>
<p>This build is without the dashboard: that needs Node.js 18.13 or later and npm when <code>obs-aggregate</code> is built.</p>
<table>
<tr><td>Live view</td><td><code>ws://{host}:{ws}/ws</code></td></tr>
<tr><td>Series</td><td><a href="/api/v1/series"><code>/api/v1/series</code></a></td></tr>
<tr><td>History</td><td><a href="/api/v1/history?since=5m"><code>/api/v1/history?since=5m</code></a></td></tr>
<tr><td>Status</td><td><a href="/api/v1/status"><code>/api/v1/status</code></a></td></tr>
<tr><td>Health</td><td><a href="/health"><code>/health</code></a></td></tr>
<tr><td>Prometheus</td><td><a href="http://{host}:{metrics}/metrics"><code>http://{host}:{metrics}/metrics</code></a></td></tr>
<tr><td>gRPC ingest</td><td><code>{host}:{grpc}</code></td></tr>
</table>
</body>
</html>
)";

// The port under which the reader reached us.
std::string OwnPort(const HttpRequest& request) {
  const std::string* header = request.Header("host");
  const std::size_t colon = header == nullptr ? std::string::npos : header->rfind(':');
  if (colon == std::string::npos) return "80";
  const std::string port = header->substr(colon + 1);
  const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  return !port.empty() && std::ranges::all_of(port, digit) ? port : "80";
}

}  // namespace

HttpResponse StartPage(const HttpRequest& request, std::uint16_t grpc_port, std::uint16_t metrics_port) {
  using fmt::arg;
  HttpResponse response = HttpResponse::Text(
      "text/html; charset=utf-8",
      fmt::format(kPage, arg("version", Version()), arg("host", HostName(request)),
                  arg("ws", OwnPort(request)), arg("grpc", grpc_port), arg("metrics", metrics_port)));
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  return response;
}

}  // namespace obs
