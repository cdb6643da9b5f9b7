// What an HTTP handler is given, and what it gives back.
//
// Thread safety: values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace obs {

struct HttpRequest {
  std::string
      method;        // "GET"; a HEAD request arrives as such, and its response loses its body on the way out
  std::string path;  // decoded: "/api/v1/series"
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; names may repeat
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string peer;  // "127.0.0.1:50312"

  // The first value of query parameter `name`, or null.
  const std::string* Query(std::string_view name) const;
  // All its values, in order.
  std::vector<std::string_view> QueryAll(std::string_view name) const;
  // The first value of header `name` (case does not matter), or null.
  const std::string* Header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  // Beside those the server writes itself: Content-Length, Content-Type, Connection, Date and security
  // headers.
  std::vector<std::pair<std::string, std::string>> headers;
  // Shared, so that one rendered page can be on its way to many peers. Null: empty.
  std::shared_ptr<const std::string> body;

  static HttpResponse Text(std::string_view content_type, std::string body);
  static HttpResponse Json(std::string body);
  // {"error": "..."}
  static HttpResponse Error(int status, std::string_view message);
};

}  // namespace obs
