// The page at "/": what this server offers, and where.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "http/message.h"

namespace obs {

// `request` tells the host name under which the reader reached us.
HttpResponse StartPage(const HttpRequest& request, std::uint16_t grpc_port, std::uint16_t metrics_port);

}  // namespace obs
