#include "app/bench/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/units.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

using Json = nlohmann::ordered_json;

// Three significant digits, or the whole number if it has more.
std::string Digits(double value) {
  const double magnitude = std::fabs(value);
  const int decimals = magnitude >= 100 || magnitude == 0 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

// "21.3 M": a number that may be large.
std::string Scaled(double value) {
  constexpr std::array<std::pair<double, std::string_view>, 3> kScales{
      {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}}};
  for (const auto& [scale, suffix] : kScales) {
    if (std::fabs(value) >= 10 * scale || (scale > 1e3 && std::fabs(value) >= scale)) {
      return Digits(value / scale) + std::string(suffix);
    }
  }
  return Digits(value) + " ";
}

void AddTo(Json& json, const FigureList& list) {
  for (const Figure& figure : list.figures()) {
    if (!figure.text.empty()) {
      json[figure.name] = figure.text;
    } else if (figure.unit == FigureUnit::kCount) {
      json[figure.name] = static_cast<std::uint64_t>(figure.value);
    } else {
      json[figure.name] = figure.value;
    }
  }
}

// Columns as wide as their widest cell; numbers to the right.
std::string Table(const std::vector<FigureList>& rows) {
  std::vector<std::size_t> widths;
  for (const Figure& figure : rows.front().figures()) widths.push_back(figure.label.size());
  for (const FigureList& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], FormatFigure(row.figures()[i]).size());
    }
  }
  std::string out;
  const auto line = [&](auto cell_of) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool is_text = !rows.front().figures()[i].text.empty();
      out += is_text ? fmt::format("  {:<{}}", cell_of(i), widths[i])
                     : fmt::format("  {:>{}}", cell_of(i), widths[i]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  line([&](std::size_t i) { return rows.front().figures()[i].label; });
  for (const FigureList& row : rows) line([&](std::size_t i) { return FormatFigure(row.figures()[i]); });
  return out;
}

}  // namespace

std::string FormatFigure(const Figure& figure) {
  if (!figure.text.empty()) return figure.text;
  switch (figure.unit) {
    case FigureUnit::kCount: return fmt::format("{:.0f}", figure.value);
    case FigureUnit::kPerSecond: return Scaled(figure.value) + "/s";
    case FigureUnit::kNanos: return Digits(figure.value) + " ns";
    case FigureUnit::kMillis: return Digits(figure.value) + " ms";
    case FigureUnit::kSeconds: return Digits(figure.value) + " s";
    case FigureUnit::kBytes: return FormatBytes(static_cast<std::uint64_t>(std::max(figure.value, 0.0)));
    case FigureUnit::kRatio: return fmt::format("{:.2f}", figure.value);
  }
  return "";
}

void FigureList::Add(std::string_view name, std::string_view label, double value, FigureUnit unit) {
  figures_.push_back({std::string(name), std::string(label), std::isfinite(value) ? value : 0, unit});
}

void FigureList::AddCount(std::string_view name, std::string_view label, std::uint64_t value) {
  Add(name, label, static_cast<double>(value), FigureUnit::kCount);
}

void FigureList::AddText(std::string_view name, std::string_view label, std::string_view text) {
  figures_.push_back({std::string(name), std::string(label), 0, FigureUnit::kCount, std::string(text)});
}

void FigureList::AddLatency(std::string_view name, std::string_view label, const LatencySummary& latency) {
  const auto add = [&](std::string_view suffix, std::string_view words, double value) {
    Add(fmt::format("{}_{}_ms", name, suffix), fmt::format("{} {}", label, words), value,
        FigureUnit::kMillis);
  };
  add("p50", "p50", latency.p50_ms);
  add("p90", "p90", latency.p90_ms);
  add("p99", "p99", latency.p99_ms);
  add("p999", "p99.9", latency.p999_ms);
  add("max", "max", latency.max_ms);
}

std::string BenchReport::ToJson() const {
  Json json{{"bench", bench}, {"ok", ok()}};
  AddTo(json, figures);
  for (const FigureList& entry : cases) {
    Json object = Json::object();
    AddTo(object, entry);
    json["cases"].push_back(std::move(object));
  }
  if (!ok()) json["faults"] = faults;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string BenchReport::ToText() const {
  std::string out = bench + "\n";
  if (!cases.empty()) out += Table(cases);
  const auto is_in_table = [this](const Figure& figure) {
    return !cases.empty() && std::ranges::count(cases.front().figures(), figure.name, &Figure::name) != 0;
  };
  std::vector<Figure> lines = figures.figures();
  std::erase_if(lines, is_in_table);
  std::size_t width = 0;
  for (const Figure& figure : lines) width = std::max(width, figure.label.size());
  for (const Figure& figure : lines) {
    out += fmt::format("  {:<{}}  {:>12}\n", figure.label, width, FormatFigure(figure));
  }
  return out;
}

}  // namespace obs
