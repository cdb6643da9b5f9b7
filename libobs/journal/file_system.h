// What the journal asks of a file system, so that a test can fail any of it.
//
// Thread safety: a FileSystem may be used from any thread, a file by one thread at a time.
// Errors: every message names the path and what the system said, for example
// "/var/lib/obs/lock: Permission denied". A full disk is RESOURCE_EXHAUSTED.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace obs {

// A file that grows. Closed when destroyed.
class AppendFile {
 public:
  virtual ~AppendFile() = default;

  // Appends all pieces. After an error any part of them may have been written.
  virtual absl::Status Append(std::span<const std::string_view> pieces) = 0;
  // Returns once what was appended would survive the loss of power.
  virtual absl::Status Sync() = 0;
  // Cuts the file down to `size` bytes.
  virtual absl::Status Truncate(std::uint64_t size) = 0;
};

class ReadFile {
 public:
  virtual ~ReadFile() = default;

  // Appends to `out` at most `size` bytes from `offset` on; fewer only at the end of the file.
  virtual absl::Status Read(std::uint64_t offset, std::size_t size, std::string* out) = 0;
};

// Held until destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // The machine's. Lives for ever.
  static FileSystem& System();

  // With its parents, for this user only; fine if it exists.
  virtual absl::Status MakeDirectory(const std::string& path) = 0;
  // Names in a directory, in any order.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& path) = 0;
  // Makes created and removed files of a directory survive the loss of power.
  virtual absl::Status SyncDirectory(const std::string& path) = 0;
  // A new and empty file, in place of one that has the name.
  virtual absl::StatusOr<std::unique_ptr<AppendFile>> Create(const std::string& path) = 0;
  virtual absl::StatusOr<std::unique_ptr<ReadFile>> OpenToRead(const std::string& path) = 0;
  virtual absl::StatusOr<std::uint64_t> Size(const std::string& path) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  // Errors: FAILED_PRECONDITION, saying by which process, if somebody holds it.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
};

}  // namespace obs
