// What the shell may have closed.
#pragma once

namespace obs::cli {

// Opens /dev/null for each of stdin, stdout and stderr that is closed. Otherwise the next file or socket that
// is opened would take its number, and be read as input or written over with output. Writing to a stdout that
// was closed goes on failing, so that a program whose work is its output can tell. Every program that links
// this runs it before the libraries' own initialisers, since gRPC's open a descriptor; to call it again does
// no harm.
void HoldStandardStreams();

}  // namespace obs::cli
