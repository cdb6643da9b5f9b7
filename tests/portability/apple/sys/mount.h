// What <sys/mount.h> of macOS declares, as far as libobs uses it.
#pragma once
#include <cstdint>
constexpr std::uint32_t MNT_RDONLY = 1, MNT_LOCAL = 0x1000;
constexpr int MNT_NOWAIT = 2;
struct statfs {
  std::uint32_t f_bsize;
  std::int32_t f_iosize;
  std::uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree;
  std::uint32_t f_flags;
  char f_fstypename[16], f_mntonname[1024], f_mntfromname[1024];
};
extern "C" int getmntinfo(struct statfs**, int);
