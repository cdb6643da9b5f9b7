#include "auth/key_store.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "fmt/format.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

absl::Status CannotRead(const std::string& path, int error) {
  const std::string text = fmt::format("cannot read the key file {}: {}", path, std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(text) : absl::PermissionDeniedError(text);
}

// Overwritten when it goes, so that no keys linger in freed memory.
struct SecretText {
  std::string text;
  ~SecretText() { OPENSSL_cleanse(text.data(), text.size()); }
};

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

void WarnIfOthersCanRead(const std::string& path, const struct stat& status) {
  if (S_ISREG(status.st_mode) && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    spdlog::warn("the key file {} can be read by other users: chmod 600 it", path);
  }
}

absl::Status ReadKeyFile(const std::string& path, std::string* out) {
  const Descriptor file(path);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return CannotRead(path, errno);
  WarnIfOthersCanRead(path, status);
  // Reserved in one go, as a growing string would leave copies behind.
  out->resize(kMaxFileBytes + 1);
  std::size_t size = 0;
  while (size < out->size()) {
    const ssize_t got = ::read(file.get(), out->data() + size, out->size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxFileBytes) {
    return absl::InvalidArgumentError(fmt::format("{}: is larger than {} bytes", path, kMaxFileBytes));
  }
  out->resize(size);
  return absl::OkStatus();
}

bool Holds(const std::vector<KeyEntry>& entries, const KeyEntry& entry) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const KeyEntry& other) { return other.digest == entry.digest; });
}

}  // namespace

KeyStore::KeyStore(KeySources sources)
    : sources_(std::move(sources)),
      required_(!sources_.list.empty() || !sources_.file.empty()),
      entries_(std::make_shared<const EntryList>()) {}

absl::StatusOr<std::unique_ptr<KeyStore>> KeyStore::Create(KeySources sources) {
  std::unique_ptr<KeyStore> store(new KeyStore(std::move(sources)));
  if (const absl::Status status = store->Reload(); !status.ok()) return status;
  return store;
}

absl::Status KeyStore::Reload() {
  auto loaded = Load();
  if (!loaded.ok()) return loaded.status();
  auto entries = std::make_shared<const EntryList>(*std::move(loaded));
  const MutexLock lock(mutex_);
  entries_ = std::move(entries);
  return absl::OkStatus();
}

absl::StatusOr<KeyStore::EntryList> KeyStore::Load() const {
  EntryList entries;
  if (!sources_.file.empty()) {
    SecretText secret;
    if (const absl::Status status = ReadKeyFile(sources_.file, &secret.text); !status.ok()) return status;
    auto parsed = ParseKeyFile(secret.text, sources_.file);
    if (!parsed.ok()) return parsed.status();
    entries = *std::move(parsed);
  }
  if (!sources_.list.empty()) {
    auto parsed = ParseKeyList(sources_.list, sources_.list_name);
    if (!parsed.ok()) return parsed.status();
    for (KeyEntry& entry : *parsed) {
      if (!Holds(entries, entry)) entries.push_back(std::move(entry));
    }
  }
  return entries;
}

std::shared_ptr<const KeyStore::EntryList> KeyStore::Entries() const {
  const MutexLock lock(mutex_);
  return entries_;
}

absl::StatusOr<KeyHolder> KeyStore::Check(std::string_view presented, Scope scope) const {
  if (!required_) return KeyHolder{"anonymous"};
  const absl::Status invalid = absl::UnauthenticatedError("invalid key");
  if (presented.size() > kMaxKeyBytes) return invalid;

  const auto entries = Entries();
  const KeyDigest digest = DigestOf(presented);
  const KeyEntry* found = nullptr;
  for (const KeyEntry& entry : *entries) {
    // No way out before the last entry: how long this takes tells nothing about which one it is.
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) found = &entry;
  }
  if (found == nullptr) return invalid;
  if ((found->scopes & static_cast<std::uint8_t>(scope)) == 0) {
    return absl::PermissionDeniedError(
        fmt::format("this key may not {}", scope == Scope::kIngest ? "send" : "watch"));
  }
  return KeyHolder{found->name};
}

std::string_view PresentedKey(std::string_view authorization, std::string_view x_api_key) {
  constexpr std::string_view kBearer = "bearer ";
  const absl::string_view head(authorization.data(), std::min(authorization.size(), kBearer.size()));
  const absl::string_view bearer(kBearer.data(), kBearer.size());
  std::string_view key =
      absl::EqualsIgnoreCase(head, bearer) ? authorization.substr(kBearer.size()) : x_api_key;
  while (!key.empty() && key.front() == ' ') key.remove_prefix(1);
  while (!key.empty() && key.back() == ' ') key.remove_suffix(1);
  return key;
}

}  // namespace obs
