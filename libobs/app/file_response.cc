#include "app/file_response.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

namespace obs {
namespace {

// Charts set styles through the DOM, which this allows; names and labels of metrics never become markup, and
// if ever one did, nothing in it would run or load.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

constexpr absl::string_view kGzip = "gzip";

// Whether one element of Accept-Encoding, such as "gzip;q=0.8", allows gzip.
bool AllowsGzip(absl::string_view element) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(element, absl::MaxSplits(';', 1));
  if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts.first), kGzip)) return false;
  const absl::string_view weight = absl::StripAsciiWhitespace(parts.second);
  double q = 1;
  return !absl::StartsWithIgnoreCase(weight, "q=") || !absl::SimpleAtod(weight.substr(2), &q) || q > 0;
}

bool TakesGzip(const HttpRequest& request) {
  const std::string* accepted = request.Header("Accept-Encoding");
  if (accepted == nullptr) return false;
  const std::vector<absl::string_view> elements = absl::StrSplit(*accepted, ',');
  return std::ranges::any_of(elements, AllowsGzip);
}

bool HasAlready(const HttpRequest& request, const std::string& tag) {
  const std::string* tags = request.Header("If-None-Match");
  if (tags == nullptr) return false;
  const std::vector<absl::string_view> elements = absl::StrSplit(*tags, ',');
  return std::ranges::any_of(elements, [&](absl::string_view element) {
    element = absl::StripAsciiWhitespace(element);
    if (absl::StartsWith(element, "W/")) element.remove_prefix(2);
    return element == "*" || element == tag;
  });
}

}  // namespace

HttpResponse FileResponse(const HttpRequest& request, std::span<const EmbeddedFile> files) {
  const auto file = std::ranges::find(files, request.path, &EmbeddedFile::path);
  if (file == files.end()) return HttpResponse::Error(404, fmt::format("there is no {}", request.path));
  const bool gzip = TakesGzip(request);
  const std::string tag = fmt::format("\"{}{}\"", file->tag, gzip ? "-gzip" : "");
  HttpResponse response;
  response.content_type = file->content_type;
  response.headers = {{"ETag", tag},
                      {"Vary", "Accept-Encoding"},
                      {"Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"Content-Security-Policy", std::string(kPolicy)},
                      {"Cross-Origin-Opener-Policy", "same-origin"}};
  if (HasAlready(request, tag)) {
    response.status = 304;
    return response;
  }
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = std::make_shared<const std::string>(gzip ? file->gzip : file->plain);
  return response;
}

}  // namespace obs
