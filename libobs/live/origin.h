// Which web pages may watch. Browsers send along the origin of the page that opens a WebSocket; other clients
// send none.
//
// Thread safety: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace obs {

// True if the page of `origin` ("http://host:8080") was loaded from `host` (the Host header), or if `allowed`
// has the origin, its host and port ("dash.example.com:3000"), or "*". Upper and lower case are the same, and
// a scheme's default port may be left out.
bool OriginAllowed(std::string_view origin, std::string_view host, const std::vector<std::string>& allowed);

}  // namespace obs
