// Series that cannot be exposed, as their names clash with others'.
//
// Thread safety: one thread fills it; then any thread may call const methods.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace obs {

struct QuarantinedMetric {
  std::string name;    // as it was sent
  std::string reason;  // in words
  std::size_t series = 0;

  friend bool operator==(const QuarantinedMetric&, const QuarantinedMetric&) = default;
};

class Quarantine {
 public:
  // Of more names than this only the series are counted.
  static constexpr std::size_t kMaxListed = 100;

  void Add(const std::string& name, std::string reason, std::size_t series = 1);

  std::size_t series() const { return series_; }
  std::vector<QuarantinedMetric> List() const;  // by name

 private:
  std::size_t series_ = 0;
  std::map<std::pair<std::string, std::string>, std::size_t> listed_;  // name and reason -> series
};

}  // namespace obs
