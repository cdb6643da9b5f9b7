// What <sys/event.h> of macOS declares, as far as libobs uses it.
#pragma once
#include <cstdint>
#include <ctime>
struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
  intptr_t data;
  void* udata;
};
constexpr int16_t EVFILT_SIGNAL = -6, EVFILT_USER = -10;
constexpr uint16_t EV_ADD = 1, EV_CLEAR = 0x20;
constexpr uint32_t NOTE_TRIGGER = 0x01000000;
extern "C" int kqueue();
extern "C" int kevent(int, const struct kevent*, int, struct kevent*, int, const struct timespec*);
