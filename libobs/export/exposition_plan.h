// What stands on the page apart from the values: the families that are exposed, and the labels of their
// series. Made anew only when series come or go.
//
// Thread safety: immutable once built.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "buffer/store.h"
#include "export/quarantine.h"

namespace obs {

class ExposedFamily {
 public:
  ExposedFamily(std::string sent_name, std::string exposed_name, MetricKind kind);

  // Adds `series`, which is of kind(), or its fault to `quarantine`.
  void Add(const SeriesPtr& series, Quarantine& quarantine);
  // Takes out series whose labels became those of another. Call once all are added.
  void DropDuplicates(Quarantine& quarantine);

  // True if exactly these are exposed, in this order.
  bool Exposes(const std::vector<SeriesPtr>& series) const;

  const std::string& sent_name() const { return sent_name_; }
  const std::string& name() const { return name_; }
  MetricKind kind() const { return kind_; }
  std::size_t size() const { return lines_.size(); }
  const Series& series(std::size_t i) const { return *lines_[i].series; }
  // Without braces.
  std::string_view labels(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : lines_[i - 1].labels_end;
    return std::string_view(labels_).substr(begin, lines_[i].labels_end - begin);
  }

 private:
  struct Line {
    SeriesPtr series;
    std::size_t labels_end;  // in labels_
  };

  std::string sent_name_;
  std::string name_;
  MetricKind kind_;
  bool changed_ = false;
  std::vector<Line> lines_;
  std::string labels_;  // of all series, one after the other
};

struct ExpositionPlan {
  std::uint64_t structure_version = 0;
  std::vector<std::shared_ptr<const ExposedFamily>>
      families;  // by exposed name; shared with plans before and after
  Quarantine quarantine;

  // `is_own`: as NameClaims. `previous` may be null: what it exposes goes before newcomers, so that nobody
  // can push a metric off the page by sending another that clashes with it; among newcomers the oldest series
  // wins.
  static std::shared_ptr<const ExpositionPlan> Build(const Store& store,
                                                     const std::function<bool(std::string_view)>& is_own,
                                                     const ExpositionPlan* previous);
};

}  // namespace obs
