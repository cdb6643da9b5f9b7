// Text from elsewhere, made fit to be shown: without what would steer the terminal, and no wider than there
// is room for.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/series_identity.h"

namespace obs {

// Control characters, and bytes that are no UTF-8, as escapes: "\n", "\x1b".
std::string Printable(std::string_view text);

// Columns that valid UTF-8 takes, if every character takes one.
std::size_t DisplayWidth(std::string_view text);

// Cuts to `columns`, ending in "…" if something was cut, or fills up with spaces.
std::string FitLeft(std::string_view text, std::size_t columns);
// As FitLeft(), but cuts in the middle: of a series, the name's beginning and the last labels tell most.
std::string FitMiddle(std::string_view text, std::size_t columns);
// As FitLeft(), but the text is at the right end.
std::string FitRight(std::string_view text, std::size_t columns);

// service/instance, printable.
std::string SourceText(const SeriesIdentity& series);

// name{label="value"}, printable: it can be used as a selector.
std::string SeriesText(const SeriesIdentity& series);

}  // namespace obs
