#include "http/router.h"

#include <exception>
#include <utility>

#include "fmt/format.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

HttpResponse MethodNotAllowed(const HttpRequest& request, std::string allow) {
  HttpResponse response = HttpResponse::Error(
      405, fmt::format("{} does not take {}, only {}", request.path, request.method, allow));
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

HttpResponse UpgradeRequired(const HttpRequest& request) {
  HttpResponse response =
      HttpResponse::Error(426, fmt::format("{} is a WebSocket: connect with ws://", request.path));
  response.headers.emplace_back("Upgrade", "websocket");
  return response;
}

HttpResponse Call(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    spdlog::error("{} {} failed: {}", request.method, request.path, error.what());
    return HttpResponse::Error(500, "internal error");
  }
}

}  // namespace

void Router::Add(std::string method, std::string path, HttpHandler handler) {
  if (path.ends_with("/*")) {
    path.pop_back();
    prefixes_[std::move(path)][std::move(method)] = std::move(handler);
  } else {
    exact_[std::move(path)][std::move(method)] = std::move(handler);
  }
}

void Router::AddUpgrade(std::string path, UpgradeHandler handler) {
  upgrades_[std::move(path)] = std::move(handler);
}

const UpgradeHandler* Router::FindUpgrade(std::string_view path) const {
  const auto it = upgrades_.find(path);
  return it == upgrades_.end() ? nullptr : &it->second;
}

const Router::Methods* Router::FindPath(std::string_view path) const {
  if (const auto it = exact_.find(path); it != exact_.end()) return &it->second;
  const Methods* longest = nullptr;
  std::size_t length = 0;
  for (const auto& [prefix, methods] : prefixes_) {
    if (prefix.size() > length && path.starts_with(prefix)) {
      longest = &methods;
      length = prefix.size();
    }
  }
  return longest;
}

HttpResponse Router::Answer(const HttpRequest& request) const {
  const Methods* const methods = FindPath(request.path);
  if (methods == nullptr) {
    if (FindUpgrade(request.path) != nullptr) return UpgradeRequired(request);
    return HttpResponse::Error(404, fmt::format("there is no {}", request.path));
  }
  auto it = methods->find(request.method);
  if (it == methods->end() && request.method == "HEAD") it = methods->find("GET");
  if (it != methods->end()) return Call(it->second, request);

  std::string allow;
  for (const auto& [method, handler] : *methods) {
    allow += (allow.empty() ? "" : ", ") + method;
    if (method == "GET" && !methods->contains("HEAD")) allow += ", HEAD";
  }
  return MethodNotAllowed(request, std::move(allow));
}

}  // namespace obs
