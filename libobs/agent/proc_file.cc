#include "agent/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace obs {

ProcFile::ProcFile(ProcFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

std::optional<std::string_view> ProcFile::Read(std::string& buffer) {
  constexpr std::size_t kFirstBytes = 16 * 1024;
  if (fd_ < 0) fd_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) return std::nullopt;
  if (buffer.size() < kFirstBytes) buffer.resize(kFirstBytes);
  std::size_t used = 0;
  // The kernel may hand out less than asked for before the end, so read until it gives nothing.
  while (true) {
    if (used == buffer.size()) buffer.resize(2 * buffer.size());
    const ssize_t got = pread(fd_, buffer.data() + used, buffer.size() - used, static_cast<off_t>(used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      Close();
      return std::nullopt;
    }
    if (got == 0) return std::string_view(buffer.data(), used);
    used += static_cast<std::size_t>(got);
  }
}

void ProcFile::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

}  // namespace obs
