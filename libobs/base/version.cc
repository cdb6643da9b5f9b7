#include "obs/version.h"

namespace obs {

const char* Version() {
  return OBS_VERSION;
}

}  // namespace obs
