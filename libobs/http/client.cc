#include "http/client.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "absl/strings/match.h"
#include "base/units.h"
#include "boost/asio/connect.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"
#include "fmt/format.h"
#include "http/localhost.h"
#include "http/url.h"

namespace obs {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::chrono::milliseconds kAskInterval{50};  // for HttpGetOptions::interrupted

// The steps of one GET, each started by the one before; Run() drives them.
class Get {
 public:
  Get(const Url& url, const HttpGetOptions& options) : url_(url), options_(options) {
    request_.method(http::verb::get);
    request_.target(url.target);
    request_.version(11);
    request_.set(http::field::host, url.HostAndPort());
    request_.set(http::field::connection, "close");
    for (const auto& [name, value] : options.headers) request_.set(name, value);
    parser_.body_limit(options.max_body_bytes);
  }

  absl::StatusOr<HttpGetResult> Run() {
    stream_.expires_after(std::chrono::nanoseconds(options_.timeout_ns));
    resolver_.async_resolve(url_.host, std::to_string(url_.port),
                            [this](beast::error_code error, const tcp::resolver::results_type& results) {
                              if (error && !IsLocalhost(url_)) return Fail("cannot resolve", error);
                              Connect(error ? ResolvedLocalhost(url_) : results);
                            });
    if (!RunToEnd()) return absl::CancelledError("interrupted");
    if (!outcome_.ok()) return outcome_;
    if (!parser_.is_done()) return TooSlow();
    return Result();
  }

 private:
  // False if interrupted.
  bool RunToEnd() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(options_.timeout_ns);
    while (!context_.stopped() && std::chrono::steady_clock::now() < deadline) {
      context_.run_until(std::min(deadline, std::chrono::steady_clock::now() + kAskInterval));
      if (options_.interrupted && options_.interrupted()) return false;
    }
    return true;
  }

  void Connect(const tcp::resolver::results_type& results) {
    stream_.async_connect(results, [this](beast::error_code error, const tcp::endpoint&) {
      if (error) return Fail("cannot connect to", error);
      Send();
    });
  }

  void Send() {
    http::async_write(stream_, request_, [this](beast::error_code error, std::size_t) {
      if (error) return Fail("cannot send to", error);
      Receive();
    });
  }

  void Receive() {
    http::async_read(stream_, buffer_, parser_, [this](beast::error_code error, std::size_t) {
      if (error) Fail("no whole answer from", error);
    });
  }

  void Fail(std::string_view what, beast::error_code error) {
    if (error == beast::error::timeout) {
      outcome_ = TooSlow();
    } else {
      outcome_ = absl::UnavailableError(fmt::format("{} {}: {}", what, url_.HostAndPort(), error.message()));
    }
  }

  absl::Status TooSlow() const {
    return absl::DeadlineExceededError(
        fmt::format("no answer from {} within {}", url_.HostAndPort(), FormatDuration(options_.timeout_ns)));
  }

  HttpGetResult Result() {
    HttpGetResult result;
    auto message = parser_.release();
    result.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      const auto name = field.name_string();
      const auto value = field.value();
      result.headers.emplace_back(std::string(name.data(), name.size()),
                                  std::string(value.data(), value.size()));
    }
    result.body = std::move(message.body());
    return result;
  }

  const Url& url_;
  const HttpGetOptions& options_;
  asio::io_context context_{1};
  tcp::resolver resolver_{context_};
  beast::tcp_stream stream_{context_};
  http::request<http::empty_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  absl::Status outcome_;
};

}  // namespace

const std::string* HttpGetResult::Header(std::string_view name) const {
  const absl::string_view wanted(name.data(), name.size());
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, wanted)) return &value;
  }
  return nullptr;
}

absl::StatusOr<HttpGetResult> HttpGet(std::string_view url, const HttpGetOptions& options) {
  const auto parsed = Url::Parse(url);
  if (!parsed.ok()) return parsed.status();
  if (parsed->scheme != "http") {
    return absl::InvalidArgumentError(fmt::format("bad URL \"{}\": it does not start with http://", url));
  }
  return Get(*parsed, options).Run();
}

}  // namespace obs
