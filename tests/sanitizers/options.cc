// How the sanitizers behave, in every program of a sanitizer build and however it is started.
// The sanitizers' runtimes look these functions up by name; ASAN_OPTIONS and TSAN_OPTIONS still add to them.

// So that a program stopped by a sanitizer is not taken for one that returned an exit code of its own.
#define OBS_EXIT_CODE "exitcode=99"

#pragma GCC visibility push(default)
extern "C" {

const char* __asan_default_options() {
  return OBS_EXIT_CODE ":detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1";
}

const char* __ubsan_default_options() {
  return OBS_EXIT_CODE ":print_stacktrace=1";
}

// Debian's gRPC and Abseil are not instrumented: what they do among themselves cannot be judged.
const char* __tsan_default_options() {
  return OBS_EXIT_CODE ":ignore_noninstrumented_modules=1:second_deadlock_stack=1:history_size=4";
}

// Nor can the hand-over of an object from one of gRPC's threads to the next be seen, so whatever its
// callbacks alone touch looks like a race. Its timer's threads may outlive main().
const char* __tsan_default_suppressions() {
  return "race:libgrpc++.so\nrace:libgrpc.so\nrace:libgpr.so\nrace:grpc::internal::\n"
         "thread:grpc_core::Thread::Thread\n";
}

}  // extern "C"
#pragma GCC visibility pop
