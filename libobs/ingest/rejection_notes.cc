#include "ingest/rejection_notes.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "base/utf8.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::size_t kMaxShownBytes = 64;

// `name` such that it is UTF-8, on one line, and not long.
std::string Shown(std::string_view name) {
  const bool cut = name.size() > kMaxShownBytes;
  if (cut) name = name.substr(0, kMaxShownBytes);
  const absl::string_view bytes(name.data(), name.size());
  return (IsValidUtf8(name) ? absl::Utf8SafeCEscape(bytes) : absl::CEscape(bytes)) + (cut ? "..." : "");
}

}  // namespace

void RejectionNotes::Add(RejectReason reason, std::uint64_t batch, std::string_view metric,
                         std::string_view detail) {
  if (texts_.size() == kMaxNotes) return;
  const std::size_t hash = absl::HashOf(reason, absl::string_view(metric.data(), metric.size()),
                                        absl::string_view(detail.data(), detail.size()));
  if (std::ranges::find(hashes_, hash) != hashes_.end()) return;
  hashes_.push_back(hash);
  const std::string of = metric.empty() ? "" : fmt::format(", \"{}\"", Shown(metric));
  texts_.push_back(fmt::format("batch {}{}: {}: {}", batch, of, ReasonName(reason),
                               detail.empty() ? ReasonText(reason) : detail));
}

}  // namespace obs
