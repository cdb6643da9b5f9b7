// Tells people how the connection to the aggregator fares: one line when it is made, lost, made again, or
// cannot be made.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace obs {

// `error` without "ADDRESS: " in front, which the publisher's errors begin with.
std::string_view WithoutAddress(std::string_view error, std::string_view address);

class ConnectionWatch {
 public:
  struct Notice {
    bool is_problem;
    std::string text;
  };

  // `address`: the aggregator's, as the user wrote it. The first connection may take until `now_nanos` plus a
  // second before its absence is worth a line.
  ConnectionWatch(std::string address, std::int64_t now_nanos);

  // To be called a few times a second. A problem that stays is told once, unless its reason changes.
  // `error`: why the connection last broke; empty if it never did.
  std::optional<Notice> Update(bool connected, std::string_view error, std::int64_t now_nanos);

  bool ever_connected() const { return ever_connected_; }

 private:
  std::string address_;
  std::int64_t patience_until_nanos_;
  bool connected_ = false;
  bool ever_connected_ = false;
  std::string told_error_;
  bool told_ = false;  // the present absence
};

}  // namespace obs
