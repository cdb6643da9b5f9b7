// What <sys/sysctl.h> of macOS declares, as far as libobs uses it.
#pragma once
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
constexpr int CTL_NET = 4, NET_RT_IFLIST2 = 6;
#ifndef PF_ROUTE
#define PF_ROUTE 17
#endif
struct xsw_usage {
  std::uint64_t xsu_total, xsu_avail, xsu_used;
  std::uint32_t xsu_pagesize;
  bool xsu_encrypted;
};
extern "C" int sysctl(int*, unsigned int, void*, std::size_t*, void*, std::size_t);
extern "C" int sysctlbyname(const char*, void*, std::size_t*, void*, std::size_t);
