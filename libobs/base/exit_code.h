// The exit codes that every tool shares.
#pragma once

namespace obs {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,       // a check failed, or some input was rejected
  kExitUsage = 2,        // flags, environment or configuration
  kExitUnreachable = 3,  // cannot reach the peer, or it refused us
  kExitInterrupted = 130,
};

}  // namespace obs
