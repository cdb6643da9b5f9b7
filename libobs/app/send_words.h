// The words of obs-send's command line as text of the line format.
//
// Thread safety: pure functions.
#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "model/label_set.h"

namespace obs {

// One line from its words, as a shell has split them. A name that needs quotes, and lacks labels, gets them.
std::string JoinSendWords(std::span<const std::string> words);

// The labels of words NAME=VALUE. Errors: INVALID_ARGUMENT, quoting the word, or for a label that is not
// valid or occurs twice.
absl::StatusOr<LabelSet> ParseLabelWords(std::span<const std::string> words);

}  // namespace obs
