// Loaded before a program's libraries, it does to the program what machines do: steps its clock, and makes its disk
// slow or full. A test changes what it does while the program runs, through a file that both have mapped.
//
// Only files below $OBS_FAULT_DIRECTORY count as the disk. In $OBS_FAULT_SYNCED it notes how much of each of them
// was synced, in a file named after the inode: the rest is what a loss of power takes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
  volatile int64_t clock_step_nanos;  // added to the time of day
  volatile int64_t write_micros;      // how much longer a write takes
  volatile int64_t sync_micros;       // and a sync
  volatile int64_t full;              // 1: writes fail with ENOSPC
  volatile int64_t refused;           // how many did
};

static struct control nothing;
static struct control* control = &nothing;
static char directory[4096];
static const char* synced;

__attribute__((constructor)) static void begin(void) {
  const char* const path = getenv("OBS_FAULT_CONTROL");
  const char* const files = getenv("OBS_FAULT_DIRECTORY");
  synced = getenv("OBS_FAULT_SYNCED");
  if (files != NULL) snprintf(directory, sizeof directory, "%s/", files);
  const int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* const mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) control = mapped;
  close(fd);
}

#define REAL(name)                                                \
  static __typeof__(name)* real;                                  \
  if (real == NULL) real = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

static int is_on_disk(int fd) {
  if (directory[0] == 0) return 0;
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  return strncmp(path, directory, strlen(directory)) == 0;
}

static void pause_for(int64_t micros) {
  if (micros > 0) usleep((useconds_t)micros);
}

// True if the write is to fail; errno is set.
static int is_refused(int fd) {
  if ((control->write_micros == 0 && control->full == 0) || !is_on_disk(fd)) return 0;
  pause_for(control->write_micros);
  if (control->full == 0) return 0;
  __atomic_fetch_add(&control->refused, 1, __ATOMIC_RELAXED);
  errno = ENOSPC;
  return 1;
}

int clock_gettime(clockid_t clock, struct timespec* out) {
  REAL(clock_gettime);
  const int result = real(clock, out);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  const int64_t nanos = (int64_t)out->tv_sec * 1000000000 + out->tv_nsec + control->clock_step_nanos;
  out->tv_sec = nanos / 1000000000;
  out->tv_nsec = nanos % 1000000000;
  return 0;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}

ssize_t write(int fd, const void* data, size_t size) {
  REAL(write);
  return is_refused(fd) ? -1 : real(fd, data, size);
}

ssize_t writev(int fd, const struct iovec* pieces, int count) {
  REAL(writev);
  return is_refused(fd) ? -1 : real(fd, pieces, count);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  REAL(pwrite);
  return is_refused(fd) ? -1 : real(fd, data, size, offset);
}

// What was written before a sync began is safe once it is done.
static int sync_with(int (*real)(int), int fd) {
  struct stat before;
  if (!is_on_disk(fd) || fstat(fd, &before) != 0) return real(fd);
  pause_for(control->sync_micros);
  const int result = real(fd);
  if (result != 0 || synced == NULL) return result;
  char path[4096];
  snprintf(path, sizeof path, "%s/%llu", synced, (unsigned long long)before.st_ino);
  const int note = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int64_t size = before.st_size;
  if (note < 0 || pwrite(note, &size, sizeof size, 0) != sizeof size) abort();
  close(note);
  return result;
}

int fsync(int fd) {
  REAL(fsync);
  return sync_with(real, fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return sync_with(real, fd);
}
