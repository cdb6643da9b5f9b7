// A file of /proc or /sys that is read again and again. It stays open; a read that fails opens it anew next
// time, so it may come and go.
//
// Thread safety: none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace obs {

class ProcFile {
 public:
  explicit ProcFile(std::string path) : path_(std::move(path)) {}
  ~ProcFile() { Close(); }
  ProcFile(ProcFile&& other) noexcept;
  ProcFile& operator=(ProcFile&&) = delete;

  // The whole text, which lies in `buffer` until that is next used; nullopt if it cannot be read.
  std::optional<std::string_view> Read(std::string& buffer);

 private:
  void Close();

  std::string path_;
  int fd_ = -1;
};

}  // namespace obs
