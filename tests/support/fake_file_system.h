// A file system in memory, of which a test can fail any operation, fill the disk, and change the bytes.
//
// Thread safety: any thread may call any method.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "fmt/format.h"
#include "journal/file_system.h"

namespace obs {

class FakeFileSystem final : public FileSystem {
 public:
  enum class Operation {
    kMakeDirectory,
    kList,
    kSyncDirectory,
    kCreate,
    kOpenToRead,
    kSize,
    kRemove,
    kLock,
    kAppend,
    kSync,
    kTruncate,
    kRead
  };

  // The `nth` operation of that kind from now on fails, counted from 1, and so do the `times` - 1 after it.
  void Fail(Operation operation, int nth = 1, int times = 1) {
    MutexLock lock(mutex_);
    failures_[operation] = {.skip = nth - 1, .times = times};
  }
  void FailNothing() {
    MutexLock lock(mutex_);
    failures_.clear();
  }
  // True if an operation was failed since Fail().
  bool failed() const {
    MutexLock lock(mutex_);
    return failed_;
  }

  // Bytes that all files together may have. What does not fit is written in part, as disks do.
  void SetCapacity(std::uint64_t bytes) {
    MutexLock lock(mutex_);
    capacity_ = bytes;
  }

  // ---- What tests see and change ----
  std::string Get(const std::string& path) const {
    MutexLock lock(mutex_);
    return *files_.at(path);
  }
  void Put(const std::string& path, std::string bytes) {
    MutexLock lock(mutex_);
    files_[path] = std::make_shared<std::string>(std::move(bytes));
  }
  // Paths of files, but for locks.
  std::vector<std::string> Paths() const {
    MutexLock lock(mutex_);
    std::vector<std::string> paths;
    for (const auto& [path, bytes] : files_) {
      if (!path.ends_with("/lock")) paths.push_back(path);
    }
    return paths;
  }
  std::uint64_t TotalBytes() const {
    MutexLock lock(mutex_);
    return Used();
  }

  // ---- FileSystem ----
  absl::Status MakeDirectory(const std::string& path) override {
    return Check(Operation::kMakeDirectory, path);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& path) override {
    if (absl::Status status = Check(Operation::kList, path); !status.ok()) return status;
    MutexLock lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [file, bytes] : files_) {
      if (file.starts_with(path + "/")) names.push_back(file.substr(path.size() + 1));
    }
    return names;
  }

  absl::Status SyncDirectory(const std::string& path) override {
    return Check(Operation::kSyncDirectory, path);
  }

  absl::StatusOr<std::unique_ptr<AppendFile>> Create(const std::string& path) override {
    if (absl::Status status = Check(Operation::kCreate, path); !status.ok()) return status;
    MutexLock lock(mutex_);
    return std::make_unique<Appender>(*this, path, files_[path] = std::make_shared<std::string>());
  }

  absl::StatusOr<std::unique_ptr<ReadFile>> OpenToRead(const std::string& path) override {
    if (absl::Status status = Check(Operation::kOpenToRead, path); !status.ok()) return status;
    MutexLock lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end()) return absl::NotFoundError(path + ": No such file or directory");
    return std::make_unique<Reader>(*this, path, found->second);
  }

  absl::StatusOr<std::uint64_t> Size(const std::string& path) override {
    if (absl::Status status = Check(Operation::kSize, path); !status.ok()) return status;
    MutexLock lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end()) return absl::NotFoundError(path + ": No such file or directory");
    return found->second->size();
  }

  absl::Status Remove(const std::string& path) override {
    if (absl::Status status = Check(Operation::kRemove, path); !status.ok()) return status;
    MutexLock lock(mutex_);
    return files_.erase(path) == 1 ? absl::OkStatus()
                                   : absl::NotFoundError(path + ": No such file or directory");
  }

  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    if (absl::Status status = Check(Operation::kLock, path); !status.ok()) return status;
    MutexLock lock(mutex_);
    if (!locks_.insert(path).second) return absl::FailedPreconditionError(path + ": in use by process 1");
    return std::make_unique<Holder>(*this, path);
  }

 private:
  struct Failure {
    int skip = 0;
    int times = 0;
  };

  class Appender final : public AppendFile {
   public:
    Appender(FakeFileSystem& system, std::string path, std::shared_ptr<std::string> bytes)
        : system_(system), path_(std::move(path)), bytes_(std::move(bytes)) {}

    // A failure leaves half of it.
    absl::Status Append(std::span<const std::string_view> pieces) override {
      std::string all;
      for (const std::string_view piece : pieces) all += piece;
      const absl::Status failure = system_.Check(Operation::kAppend, path_);
      MutexLock lock(system_.mutex_);
      const std::uint64_t room = system_.capacity_ - std::min(system_.capacity_, system_.Used());
      const std::size_t size = failure.ok() ? all.size() : all.size() / 2;
      bytes_->append(all, 0, std::min<std::uint64_t>(size, room));
      if (!failure.ok()) return failure;
      return size <= room ? absl::OkStatus()
                          : absl::ResourceExhaustedError(path_ + ": No space left on device");
    }
    absl::Status Sync() override { return system_.Check(Operation::kSync, path_); }
    absl::Status Truncate(std::uint64_t size) override {
      if (absl::Status status = system_.Check(Operation::kTruncate, path_); !status.ok()) return status;
      MutexLock lock(system_.mutex_);
      bytes_->resize(size);
      return absl::OkStatus();
    }

   private:
    FakeFileSystem& system_;
    const std::string path_;
    const std::shared_ptr<std::string> bytes_;
  };

  class Reader final : public ReadFile {
   public:
    Reader(FakeFileSystem& system, std::string path, std::shared_ptr<std::string> bytes)
        : system_(system), path_(std::move(path)), bytes_(std::move(bytes)) {}

    absl::Status Read(std::uint64_t offset, std::size_t size, std::string* out) override {
      if (absl::Status status = system_.Check(Operation::kRead, path_); !status.ok()) return status;
      MutexLock lock(system_.mutex_);
      if (offset < bytes_->size()) out->append(*bytes_, offset, size);
      return absl::OkStatus();
    }

   private:
    FakeFileSystem& system_;
    const std::string path_;
    const std::shared_ptr<std::string> bytes_;
  };

  class Holder final : public FileLock {
   public:
    Holder(FakeFileSystem& system, std::string path) : system_(system), path_(std::move(path)) {}
    ~Holder() override {
      MutexLock lock(system_.mutex_);
      system_.locks_.erase(path_);
    }

   private:
    FakeFileSystem& system_;
    const std::string path_;
  };

  absl::Status Check(Operation operation, const std::string& path) {
    MutexLock lock(mutex_);
    const auto found = failures_.find(operation);
    if (found == failures_.end() || found->second.times == 0) return absl::OkStatus();
    if (found->second.skip-- > 0) return absl::OkStatus();
    --found->second.times;
    failed_ = true;
    return absl::UnavailableError(path + ": Input/output error");
  }

  std::uint64_t Used() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::uint64_t used = 0;
    for (const auto& [path, bytes] : files_) used += bytes->size();
    return used;
  }

  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<std::string>> files_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> locks_ ABSL_GUARDED_BY(mutex_);
  std::map<Operation, Failure> failures_ ABSL_GUARDED_BY(mutex_);
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint64_t capacity_ ABSL_GUARDED_BY(mutex_) = ~std::uint64_t{0};
};

}  // namespace obs
