#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <system_error>
#include <utility>

#include "fmt/format.h"
#include "journal/file_system.h"

namespace obs {
namespace {

constexpr mode_t kFileMode = 0600;

absl::Status Error(const std::string& path, int error) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      fmt::format("{}: {}", path, std::generic_category().message(error)));
}

// An open file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::StatusOr<int> Open(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  if (fd < 0) return Error(path, errno);
  return fd;
}

class PosixAppendFile final : public AppendFile {
 public:
  PosixAppendFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  absl::Status Append(std::span<const std::string_view> pieces) override {
    std::vector<iovec> vectors;
    vectors.reserve(std::min<std::size_t>(pieces.size(), IOV_MAX));
    while (!pieces.empty()) {
      vectors.clear();
      const std::size_t count = std::min<std::size_t>(pieces.size(), IOV_MAX);
      for (const std::string_view piece : pieces.first(count)) {
        if (!piece.empty()) vectors.push_back({const_cast<char*>(piece.data()), piece.size()});
      }
      if (absl::Status status = WriteAll(vectors); !status.ok()) return status;
      pieces = pieces.subspan(count);
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    return ::fdatasync(fd_.get()) == 0 ? absl::OkStatus() : Error(path_, errno);
  }

  absl::Status Truncate(std::uint64_t size) override {
    return ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? absl::OkStatus() : Error(path_, errno);
  }

 private:
  absl::Status WriteAll(std::span<iovec> vectors) {
    while (!vectors.empty()) {
      const ssize_t written = ::writev(fd_.get(), vectors.data(), static_cast<int>(vectors.size()));
      if (written < 0) {
        if (errno == EINTR) continue;
        return Error(path_, errno);
      }
      auto left = static_cast<std::size_t>(written);
      while (!vectors.empty() && left >= vectors.front().iov_len) {
        left -= vectors.front().iov_len;
        vectors = vectors.subspan(1);
      }
      if (left != 0) {
        vectors.front().iov_base = static_cast<char*>(vectors.front().iov_base) + left;
        vectors.front().iov_len -= left;
      }
    }
    return absl::OkStatus();
  }

  const std::string path_;
  const Descriptor fd_;
};

class PosixReadFile final : public ReadFile {
 public:
  PosixReadFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  absl::Status Read(std::uint64_t offset, std::size_t size, std::string* out) override {
    const std::size_t before = out->size();
    out->resize(before + size);
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got =
          ::pread(fd_.get(), out->data() + before + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        const int error = errno;
        out->resize(before);
        return Error(path_, error);
      }
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    out->resize(before + done);
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const Descriptor fd_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(int fd) : fd_(fd) {}

 private:
  const Descriptor fd_;
};

class PosixFileSystem final : public FileSystem {
 public:
  absl::Status MakeDirectory(const std::string& path) override {
    std::error_code error;
    const std::filesystem::path directory(path);
    if (directory.has_parent_path()) std::filesystem::create_directories(directory.parent_path(), error);
    if (error) return Error(path, error.value());
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Error(path, errno);
    return std::filesystem::is_directory(directory, error) ? absl::OkStatus() : Error(path, ENOTDIR);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& path) override {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename());
    }
    if (error) return Error(path, error.value());
    return names;
  }

  absl::Status SyncDirectory(const std::string& path) override {
    const auto fd = Open(path, O_RDONLY | O_DIRECTORY);
    if (!fd.ok()) return fd.status();
    const Descriptor directory(*fd);
    return ::fsync(directory.get()) == 0 ? absl::OkStatus() : Error(path, errno);
  }

  absl::StatusOr<std::unique_ptr<AppendFile>> Create(const std::string& path) override {
    const auto fd = Open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    if (!fd.ok()) return fd.status();
    return std::make_unique<PosixAppendFile>(path, *fd);
  }

  absl::StatusOr<std::unique_ptr<ReadFile>> OpenToRead(const std::string& path) override {
    const auto fd = Open(path, O_RDONLY);
    if (!fd.ok()) return fd.status();
    return std::make_unique<PosixReadFile>(path, *fd);
  }

  absl::StatusOr<std::uint64_t> Size(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return Error(path, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  absl::Status Remove(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 ? absl::OkStatus() : Error(path, errno);
  }

  // The file says who holds it, for whom is refused.
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    const auto fd = Open(path, O_RDWR | O_CREAT);
    if (!fd.ok()) return fd.status();
    auto lock = std::make_unique<PosixFileLock>(*fd);
    if (::flock(*fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return Error(path, errno);
      std::string holder;
      (void)PosixReadFile(path, ::dup(*fd)).Read(0, 20, &holder);
      return absl::FailedPreconditionError(
          fmt::format("{}: in use by process {}", path, holder.empty() ? "(unknown)" : holder));
    }
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(*fd, 0) != 0 || ::write(*fd, pid.data(), pid.size()) < 0) {
      // It is held all the same; a full disk must not keep anybody from starting.
    }
    return lock;
  }
};

}  // namespace

FileSystem& FileSystem::System() {
  static PosixFileSystem system;
  return system;
}

}  // namespace obs
