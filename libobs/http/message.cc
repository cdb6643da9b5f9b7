#include "http/message.h"

#include "absl/strings/match.h"
#include "nlohmann/json.hpp"

namespace obs {

const std::string* HttpRequest::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::vector<std::string_view> HttpRequest::QueryAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

const std::string* HttpRequest::Header(std::string_view name) const {
  const absl::string_view wanted(name.data(), name.size());
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, wanted)) return &value;
  }
  return nullptr;
}

HttpResponse HttpResponse::Text(std::string_view content_type, std::string body) {
  HttpResponse response;
  response.content_type = content_type;
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

HttpResponse HttpResponse::Json(std::string body) {
  return Text("application/json", std::move(body));
}

HttpResponse HttpResponse::Error(int status, std::string_view message) {
  // `message` may quote what a stranger sent: bytes that are not UTF-8 must not make dump() throw.
  const nlohmann::json json = {{"error", std::string(message)}};
  HttpResponse response = Json(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  response.status = status;
  return response;
}

}  // namespace obs
