// What the shell may have closed.
#pragma once

namespace obs::cli {

// Opens /dev/null for each of stdin, stdout and stderr that is closed. Otherwise the next file or socket that
// is opened would take its number, and be read as input or written over with output. First thing in main().
void HoldStandardStreams();

}  // namespace obs::cli
