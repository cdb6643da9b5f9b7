// The key with which a watcher comes.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace obs {

// The subprotocol a server selects if it is offered: a page in a browser cannot set headers, so it offers
// "obs" and "obs.key.<base64url of the key>".
inline constexpr std::string_view kLiveSubprotocol = "obs";

// The key in the headers Authorization or X-Api-Key, else in the offered subprotocols, else "".
std::string PresentedWatchKey(const HttpRequest& request);

// True if the request offers kLiveSubprotocol.
bool OffersLiveSubprotocol(const HttpRequest& request);

// "obs.key.<base64url of the key>".
std::string KeySubprotocol(std::string_view key);

}  // namespace obs
