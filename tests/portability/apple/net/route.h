// What <net/route.h> of macOS declares, as far as libobs uses it.
#pragma once
constexpr int RTM_IFINFO2 = 0x12;
