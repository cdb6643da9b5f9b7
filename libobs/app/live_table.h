// The newest state of every series, as a table that fits a terminal.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "live/frame_decoder.h"

namespace obs {

class LiveTable {
 public:
  struct Look {
    std::size_t columns = 80;
    std::size_t rows = 24;  // of everything; 0: as many as it takes
    bool color = false;
  };

  void Update(const LiveSample& sample);
  void Remove(const SeriesIdentity& series);
  void Clear() { rows_.clear(); }
  std::size_t size() const { return rows_.size(); }

  // Lines, each with its "\n": `status`, headings, series sorted by service, instance and name, and how many
  // did not fit. `now_us`: the time by which ages and rates count.
  std::string Render(std::string_view status, std::int64_t now_us, const Look& look);

 private:
  struct BySeries {
    bool operator()(const std::shared_ptr<const SeriesIdentity>& a,
                    const std::shared_ptr<const SeriesIdentity>& b) const;
  };
  // A running total at two times, some seconds ago and some more.
  struct Reference {
    std::int64_t time_us = 0;
    double total = 0;
  };
  struct Row {
    LiveSample newest;
    Reference older;
    Reference newer;
  };
  struct Cells {
    std::string source, series, value, rate, p50, p99, age;
    bool stale = false;
  };

  static double TotalOf(const LiveSample& sample);
  // The total's growth per second over the last few seconds, as text; "" until there are two points in time.
  static std::string RateText(Row& row, std::int64_t now_us);
  static Cells CellsOf(Row& row, std::int64_t now_us);

  std::map<std::shared_ptr<const SeriesIdentity>, Row, BySeries> rows_;
};

}  // namespace obs
