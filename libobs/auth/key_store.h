// The keys that may send and watch, and the question whether a presented one is among them.
//
// Where neither list nor file is given no key is asked for, and everybody may do everything; this is settled
// at Create() and no Reload() can open a closed server.
//
// Thread safety: any thread. A Reload() takes effect for the checks that begin after it.
// Time of Check(): does not depend on what the keys are, nor on how much of one a presented key has right. A
// presented key that is longer than any key can be is refused unread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "auth/key_file.h"
#include "base/mutex.h"

namespace obs {

struct KeySources {
  std::string list;                              // comma-separated; "" for none
  std::string list_name = "TELEMETRY_API_KEYS";  // for errors
  std::string file;                              // path; "" for none
};

// Who a key stands for. Never the key.
struct KeyHolder {
  std::string name;
};

class KeyStore {
 public:
  // Warns in the log if others can read the file. A key that is in the list and in the file has the file's
  // name and scopes. Errors: INVALID_ARGUMENT as in key_file.h, NOT_FOUND or PERMISSION_DENIED naming the
  // file.
  static absl::StatusOr<std::unique_ptr<KeyStore>> Create(KeySources sources);

  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  // False: no key is asked for, and Check() lets everybody pass as "anonymous".
  bool required() const { return required_; }

  // Reads the file again. On an error, as Create()'s, the keys stay as they are.
  absl::Status Reload();

  // Errors: UNAUTHENTICATED "invalid key", be it wrong or missing; PERMISSION_DENIED if the key may not do
  // this.
  absl::StatusOr<KeyHolder> Check(std::string_view presented, Scope scope) const;

  std::size_t size() const { return Entries()->size(); }

 private:
  using EntryList = std::vector<KeyEntry>;

  explicit KeyStore(KeySources sources);

  absl::StatusOr<EntryList> Load() const;
  std::shared_ptr<const EntryList> Entries() const;

  const KeySources sources_;
  const bool required_;
  mutable Mutex mutex_;
  std::shared_ptr<const EntryList> entries_ ABSL_GUARDED_BY(mutex_);
};

// The key in the values of the headers `authorization` ("Bearer KEY") and `x-api-key` ("KEY"), or "". If both
// hold one, the first counts.
std::string_view PresentedKey(std::string_view authorization, std::string_view x_api_key);

}  // namespace obs
