// Finds who answers a request.
//
// Thread safety: once filled, any thread may call const methods.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/server.h"

namespace obs {

class Router {
 public:
  // As HttpServer::Route() and OnUpgrade().
  void Add(std::string method, std::string path, HttpHandler handler);
  void AddUpgrade(std::string path, UpgradeHandler handler);

  // Null if there is none.
  const UpgradeHandler* FindUpgrade(std::string_view path) const;

  // Calls the handler of the request's method and path, or answers 404, 405 or 426 itself. A handler that
  // throws makes it 500.
  HttpResponse Answer(const HttpRequest& request) const;

 private:
  using Methods = std::map<std::string, HttpHandler, std::less<>>;

  const Methods* FindPath(std::string_view path) const;

  std::map<std::string, Methods, std::less<>> exact_;
  std::map<std::string, Methods, std::less<>> prefixes_;  // "/assets/", without the star
  std::map<std::string, UpgradeHandler, std::less<>> upgrades_;
};

}  // namespace obs
