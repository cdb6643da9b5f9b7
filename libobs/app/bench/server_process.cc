#include "app/bench/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kReadyTimeoutNs = 20 * kNanosPerSecond;
constexpr std::int64_t kStopTimeoutNs = 10 * kNanosPerSecond;

std::string ProgramPath() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "obs-aggregate").string();
}

// The environment without what would configure an aggregator.
std::vector<char*> Environment() {
  constexpr std::array<std::string_view, 5> kForeign{
      "TELEMETRY_API_KEYS=", "GRPC_PORT=", "WS_PORT=", "METRICS_PORT=", "LOG_LEVEL="};
  std::vector<char*> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const auto is_it = [&](std::string_view name) { return std::string_view(*entry).starts_with(name); };
    if (std::none_of(kForeign.begin(), kForeign.end(), is_it)) out.push_back(*entry);
  }
  out.push_back(nullptr);
  return out;
}

// In the child: only what may be called after fork() in a program with threads.
[[noreturn]] void Become(const char* path, char* const* argv, char* const* env, int stderr_fd, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(stderr_fd, STDERR_FILENO);
  ::execve(path, argv, env);
  ::_exit(127);
}

bool TakeAddress(std::string_view& line, std::string_view key, std::string* out) {
  if (!line.starts_with(key)) return false;
  line.remove_prefix(key.size());
  const std::size_t end = std::min(line.find(' '), line.size());
  *out = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return !out->empty();
}

void Forward(int fd) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    if (::write(STDERR_FILENO, buffer.data(), static_cast<std::size_t>(n)) < 0) return;
  }
}

}  // namespace

bool ParseReadyLine(std::string_view line, std::string* grpc, std::string* http, std::string* metrics) {
  constexpr std::string_view kPrefix = "obs-aggregate: ready ";
  if (!line.starts_with(kPrefix)) return false;
  line.remove_prefix(kPrefix.size());
  return TakeAddress(line, "grpc=", grpc) && TakeAddress(line, "http=", http) &&
         TakeAddress(line, "metrics=", metrics);
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    const std::vector<std::string>& arguments) {
  const std::string path = ProgramPath();
  if (::access(path.c_str(), X_OK) != 0) {
    return absl::UnavailableError(
        fmt::format("cannot start {}: {}; start one and name it with --target", path, std::strerror(errno)));
  }
  std::vector<std::string> words{path, "--grpc-port", "0",   "--ws-port", "0", "--metrics-port",
                                 "0",  "--log-level", "warn"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::vector<char*> env = Environment();

  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) {
    return absl::UnavailableError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  const std::int64_t start_ns = Clock::System().MonotonicNanos();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) Become(path.c_str(), argv.data(), env.data(), pipe_fds[1], parent);
  ::close(pipe_fds[1]);
  if (pid < 0) {
    ::close(pipe_fds[0]);
    return absl::UnavailableError(fmt::format("cannot start {}: {}", path, std::strerror(errno)));
  }
  std::unique_ptr<ServerProcess> server(new ServerProcess(pid, pipe_fds[0]));
  if (absl::Status status = server->AwaitReady(); !status.ok()) return status;
  server->started_in_ns_ = Clock::System().MonotonicNanos() - start_ns;
  server->forwarder_ = std::thread(Forward, server->stderr_fd_);
  return server;
}

absl::Status ServerProcess::AwaitReady() {
  const Clock& clock = Clock::System();
  const std::int64_t deadline = clock.MonotonicNanos() + kReadyTimeoutNs;
  std::string said;
  for (;;) {
    const std::int64_t left = deadline - clock.MonotonicNanos();
    pollfd wait{stderr_fd_, POLLIN, 0};
    char byte = 0;
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left / kNanosPerMilli) + 1) < 0) {
      return absl::UnavailableError("the obs-aggregate started for this run does not become ready");
    }
    if (wait.revents == 0) continue;
    if (::read(stderr_fd_, &byte, 1) != 1) {
      return absl::UnavailableError(fmt::format("the obs-aggregate started for this run ended: {}", said));
    }
    if (byte != '\n') {
      said += byte;
    } else if (ParseReadyLine(said, &grpc_, &http_, &metrics_)) {
      return absl::OkStatus();
    } else {
      said += ' ';
    }
  }
}

void ServerProcess::Kill() {
  ::kill(pid_, SIGKILL);
}

ServerProcess::~ServerProcess() {
  ::kill(pid_, SIGTERM);
  const Clock& clock = Clock::System();
  const std::int64_t deadline = clock.MonotonicNanos() + kStopTimeoutNs;
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (clock.MonotonicNanos() > deadline) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (forwarder_.joinable()) forwarder_.join();
  ::close(stderr_fd_);
}

}  // namespace obs
