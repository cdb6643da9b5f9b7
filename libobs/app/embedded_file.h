// Files that are part of the program: the dashboard, as its build left it.
//
// Thread safety: immutable.
#pragma once

#include <span>
#include <string_view>

namespace obs {

struct EmbeddedFile {
  std::string_view path;  // in the URL: "/", "/assets/index-4f2a.js"
  std::string_view content_type;
  std::string_view tag;  // changes with the content
  bool immutable;        // the path changes with the content
  std::string_view plain;
  std::string_view gzip;
};

// Generated where the dashboard is built; otherwise empty.
std::span<const EmbeddedFile> DashboardFiles();

}  // namespace obs
