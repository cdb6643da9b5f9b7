#include "app/send_words.h"

#include <utility>
#include <vector>

#include "fmt/format.h"
#include "model/series_rules.h"
#include "wire/series_text.h"

namespace obs {
namespace {

bool IsKind(std::string_view word) {
  return word == "gauge" || word == "counter" || word == "histogram";
}

}  // namespace

std::string JoinSendWords(std::span<const std::string> words) {
  const std::size_t name_at = !words.empty() && IsKind(words[0]) ? 1 : 0;
  std::string line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) line += ' ';
    // Alone, a word is a whole line of any format; with '{' or '"' it is series text already.
    const bool is_plain_name =
        i == name_at && words.size() > name_at + 1 && words[i].find_first_of("{\"") == std::string::npos;
    if (is_plain_name)
      AppendSeriesText(line, words[i], LabelSet());
    else
      line += words[i];
  }
  return line;
}

absl::StatusOr<LabelSet> ParseLabelWords(std::span<const std::string> words) {
  std::vector<LabelPair> pairs;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(fmt::format("\"{}\" is not a label; write NAME=VALUE", word));
    }
    LabelPair pair{word.substr(0, equals), word.substr(equals + 1)};
    if (const SeriesFault fault = CheckLabel(pair.name, pair.value); fault != SeriesFault::kNone) {
      return absl::InvalidArgumentError(fmt::format("label \"{}\": {}", word, FaultName(fault)));
    }
    pairs.push_back(std::move(pair));
  }
  return LabelSet::FromPairs(std::move(pairs));
}

}  // namespace obs
