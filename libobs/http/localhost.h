// What localhost is, for machines that do not know: small containers have no /etc/hosts. See RFC 6761, 6.3.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "boost/asio/ip/tcp.hpp"
#include "http/url.h"

namespace obs {

inline bool IsLocalhost(const Url& url) {
  return url.host == "localhost";
}

// As if `url`, whose host is localhost, had been resolved.
inline boost::asio::ip::tcp::resolver::results_type ResolvedLocalhost(const Url& url) {
  using boost::asio::ip::tcp;
  return tcp::resolver::results_type::create(tcp::endpoint(boost::asio::ip::address_v4::loopback(), url.port),
                                             url.host, std::to_string(url.port));
}

}  // namespace obs
