// The version of the library that is loaded, for example "0.1.0".
#pragma once

#include "obs/export.h"

namespace obs {

// Thread safety: any thread. The string lives for ever.
OBS_EXPORT const char* Version();

}  // namespace obs
