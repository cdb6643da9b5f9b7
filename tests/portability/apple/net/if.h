// What <net/if.h> of macOS declares, as far as libobs uses it.
#pragma once
#include <cstdint>
constexpr int IF_NAMESIZE = 16, IFF_UP = 1;
struct if_data64 {
  std::uint64_t ifi_ipackets, ifi_ierrors, ifi_opackets, ifi_oerrors, ifi_collisions, ifi_ibytes, ifi_obytes,
      ifi_imcasts, ifi_omcasts, ifi_iqdrops, ifi_noproto;
};
struct if_msghdr {
  unsigned short ifm_msglen;
  unsigned char ifm_version, ifm_type;
  int ifm_addrs, ifm_flags;
  unsigned short ifm_index;
};
struct if_msghdr2 {
  unsigned short ifm_msglen;
  unsigned char ifm_version, ifm_type;
  int ifm_addrs, ifm_flags;
  unsigned short ifm_index;
  int ifm_snd_len, ifm_snd_maxlen, ifm_snd_drops, ifm_timer;
  if_data64 ifm_data;
};
extern "C" char* if_indextoname(unsigned int, char*);
