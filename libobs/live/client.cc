#include "live/client.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "absl/strings/ascii.h"
#include "base/units.h"
#include "boost/asio/connect.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/websocket/rfc6455.hpp"
#include "boost/beast/websocket/stream.hpp"
#include "fmt/format.h"
#include "http/localhost.h"
#include "http/url.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

// More than the server ever sends in one frame.
constexpr std::size_t kMaxMessageBytes = 16 * 1024 * 1024;
constexpr std::int64_t kCloseTimeoutNs = kNanosPerSecond;
constexpr std::chrono::milliseconds kAskInterval{50};  // for LiveClientOptions::interrupted

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// What the server said, or else its status: the body of a refusal is {"error": "..."}.
std::string WordsOf(const websocket::response_type& response) {
  const auto body = nlohmann::json::parse(response.body(), nullptr, /*allow_exceptions=*/false);
  if (body.is_object() && body.contains("error") && body["error"].is_string()) {
    return body["error"].get<std::string>();
  }
  return fmt::format("HTTP status {}", response.result_int());
}

absl::Status Refusal(const std::string& url, const websocket::response_type& response) {
  const std::string words = WordsOf(response);
  switch (response.result_int()) {
    case 400: return absl::InvalidArgumentError(words);
    case 401: return absl::UnauthenticatedError(fmt::format("{} refused: {}", url, words));
    case 403: return absl::PermissionDeniedError(fmt::format("{} refused: {}", url, words));
    case 404: return absl::NotFoundError(fmt::format("no live view at {}: {}", url, words));
    case 503: return absl::ResourceExhaustedError(fmt::format("{} refused: {}", url, words));
    default: return absl::UnavailableError(fmt::format("{} does not speak WebSocket: {}", url, words));
  }
}

}  // namespace

std::string LiveTarget(std::string_view target, const LiveClientOptions& options) {
  std::string out(target == "/" ? "/ws" : target);
  char separator = out.find('?') == std::string::npos ? '?' : '&';
  const auto add = [&](std::string_view name, std::string_view value) {
    out += fmt::format("{}{}={}", separator, name, PercentEncode(value));
    separator = '&';
  };
  for (const std::string& selector : options.selectors) add("match", selector);
  add("rate", std::to_string(options.rate_hz));
  if (options.since_ns > 0) add("since", FormatDuration(options.since_ns));
  if (options.format == LiveFormat::kBinary) add("format", "binary");
  return out;
}

class LiveClient::Impl {
 public:
  explicit Impl(LiveClientOptions options) : options_(std::move(options)), resolver_(io_), stream_(io_) {}

  absl::Status Connect() {
    auto url = Url::Parse(options_.url);
    if (!url.ok()) return url.status();
    if (url->scheme != "ws") {
      return absl::InvalidArgumentError(fmt::format("\"{}\" is no ws:// URL", options_.url));
    }
    stream_.read_message_max(kMaxMessageBytes);
    stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      if (!options_.api_key.empty()) {
        request.set(beast::http::field::authorization, "Bearer " + options_.api_key);
      }
      for (const auto& [name, value] : options_.headers) request.set(name, value);
    }));
    std::optional<absl::Status> outcome;
    resolver_.async_resolve(url->host, std::to_string(url->port),
                            [&](const error_code& error, const Tcp::resolver::results_type& results) {
                              if (error && !IsLocalhost(*url))
                                return Fail("cannot resolve", url->host, error, &outcome);
                              Connect(*url, error ? ResolvedLocalhost(*url) : results, &outcome);
                            });
    const bool done = RunUntil(options_.connect_timeout_ns, [&] { return outcome.has_value(); });
    if (!done) {
      Abandon();
      if (interrupted_) return absl::CancelledError("interrupted");
      return absl::DeadlineExceededError(fmt::format("no answer from {} within {}", url->HostAndPort(),
                                                     FormatDuration(options_.connect_timeout_ns)));
    }
    return *outcome;
  }

  absl::Status Read(std::string* message, std::int64_t timeout_ns) {
    if (!reading_ && !ended_) {
      reading_ = true;
      stream_.async_read(buffer_, [this](const error_code& error, std::size_t) {
        reading_ = false;
        has_message_ = !error;
        if (error) End(error);
      });
    }
    RunUntil(timeout_ns, [this] { return has_message_ || ended_; });
    if (interrupted_) return absl::CancelledError("interrupted");
    if (ended_) return *ended_;
    if (!has_message_) return absl::DeadlineExceededError("no message in time");
    has_message_ = false;
    const auto data = buffer_.cdata();
    message->assign(static_cast<const char*>(data.data()), data.size());
    buffer_.consume(data.size());
    return absl::OkStatus();
  }

  bool got_binary() const { return stream_.got_binary(); }
  int close_code() const { return stream_.reason().code; }

  absl::Status SendText(std::string_view message) {
    std::optional<error_code> outcome;
    stream_.text(true);
    stream_.async_write(asio::buffer(message),
                        [&](const error_code& error, std::size_t) { outcome = error; });
    // Until it is done, `message` must live.
    while (!outcome && !interrupted_) RunUntil(kNanosPerSecond, [&] { return outcome.has_value(); });
    if (!outcome) {
      Abandon();
      return absl::CancelledError("interrupted");
    }
    if (*outcome) return absl::UnavailableError(fmt::format("cannot send: {}", outcome->message()));
    return absl::OkStatus();
  }

  void Close() {
    if (!stream_.is_open() || interrupted_) return;
    bool closed = false;
    stream_.async_close(websocket::close_code::normal, [&](const error_code&) { closed = true; });
    RunUntil(kCloseTimeoutNs, [&] { return closed; });
    Abandon();
  }

 private:
  void Connect(const Url& url, const Tcp::resolver::results_type& addresses,
               std::optional<absl::Status>* outcome) {
    asio::async_connect(stream_.next_layer(), addresses,
                        [this, &url, outcome](const error_code& error, const Tcp::endpoint&) {
                          if (error) return Fail("cannot connect to", url.HostAndPort(), error, outcome);
                          Handshake(url, outcome);
                        });
  }

  void Handshake(const Url& url, std::optional<absl::Status>* outcome) {
    error_code ignored;
    stream_.next_layer().set_option(Tcp::no_delay(true), ignored);
    const std::string target = LiveTarget(url.target, options_);
    stream_.async_handshake(response_, url.HostAndPort(), target, [this, outcome](const error_code& error) {
      if (error == websocket::error::upgrade_declined) {
        *outcome = Refusal(options_.url, response_);
      } else if (error) {
        Fail("no WebSocket handshake with", options_.url, error, outcome);
      } else {
        *outcome = absl::OkStatus();
      }
    });
  }

  static void Fail(std::string_view what, std::string_view whom, const error_code& error,
                   std::optional<absl::Status>* outcome) {
    *outcome = absl::UnavailableError(fmt::format("{} {}: {}", what, whom, error.message()));
  }

  void End(const error_code& error) {
    const websocket::close_reason& reason = stream_.reason();
    if (error == websocket::error::closed && reason.code != websocket::close_code::none) {
      ended_ =
          absl::UnavailableError(fmt::format("closed by the server: {} {}", static_cast<int>(reason.code),
                                             std::string_view(reason.reason.data(), reason.reason.size())));
    } else {
      ended_ = absl::UnavailableError(fmt::format("connection lost: {}", error.message()));
    }
  }

  // Ends all that is pending, so that nothing refers to what is about to go.
  void Abandon() {
    resolver_.cancel();
    error_code ignored;
    stream_.next_layer().close(ignored);
    io_.restart();
    io_.poll();
  }

  // Runs handlers until `done`, or the time is out, or interrupted. Returns done().
  template <typename Done>
  bool RunUntil(std::int64_t timeout_ns, Done done) {
    using SteadyClock = std::chrono::steady_clock;
    const auto deadline = SteadyClock::now() + std::chrono::nanoseconds(timeout_ns);
    io_.restart();
    while (!done() && SteadyClock::now() < deadline) {
      interrupted_ = interrupted_ || (options_.interrupted && options_.interrupted());
      if (interrupted_) break;
      io_.run_one_until(std::min(deadline, SteadyClock::now() + kAskInterval));
      if (io_.stopped()) break;  // nothing is pending
    }
    return done();
  }

  const LiveClientOptions options_;
  asio::io_context io_{1};
  Tcp::resolver resolver_;
  websocket::stream<Tcp::socket, /*deflateSupported=*/false> stream_;
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  bool reading_ = false;
  bool has_message_ = false;
  std::optional<absl::Status> ended_;
  bool interrupted_ = false;
};

LiveClient::LiveClient(LiveClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
LiveClient::~LiveClient() = default;
absl::Status LiveClient::Connect() {
  return impl_->Connect();
}
absl::Status LiveClient::Read(std::string* message, std::int64_t timeout_ns) {
  return impl_->Read(message, timeout_ns);
}
bool LiveClient::got_binary() const {
  return impl_->got_binary();
}
int LiveClient::close_code() const {
  return impl_->close_code();
}
absl::Status LiveClient::SendText(std::string_view message) {
  return impl_->SendText(message);
}
void LiveClient::Close() {
  impl_->Close();
}

}  // namespace obs
