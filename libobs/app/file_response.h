// Answers requests for embedded files.
//
// Thread safety: pure functions.
#pragma once

#include <span>

#include "app/embedded_file.h"
#include "http/message.h"

namespace obs {

// The file at the request's path: gzipped if the client takes that, 304 if it has it already, 404 if there is
// none. A page is served with a policy under which no script or style but the server's own files has any
// effect.
HttpResponse FileResponse(const HttpRequest& request, std::span<const EmbeddedFile> files);

}  // namespace obs
