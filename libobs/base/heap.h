// How the C library hands out memory.
//
// Thread safety: to be called before any thread starts.
#pragma once

#include "obs/export.h"

namespace obs {

// For a program that holds much small memory for long, written by whichever thread comes along: one heap for
// all threads. With one for each of them, as is usual, what one gives back is of no use to the others, and a
// series takes a fifth more. Threads seldom meet there, since each keeps a few blocks of every small size.
// And what large batches took goes back to the system, where the usual way is to keep ever more of it.
// MALLOC_ARENA_MAX and MALLOC_TRIM_THRESHOLD_ in the environment go before. Does nothing where the C library
// is not glibc.
OBS_EXPORT void UseOneHeap();

}  // namespace obs
