// The sanitizers' options, linked into a sanitized lambda-vitals: the end-to-end tests start it with environments of
// their own, in which ASAN_OPTIONS and the like are not. What the environment does say goes first.

#include <fcntl.h>
#include <unistd.h>

#define REPORT_TO_FILES "log_path=" SANITIZER_REPORTS "/report:print_stacktrace=1:halt_on_error=1"

extern "C" {

const char* __asan_default_options() {
  // An allocation that fails is one of the faults that the extension must live with.
  return REPORT_TO_FILES ":allocator_may_return_null=1:detect_stack_use_after_return=1:strict_string_checks=1";
}

// Leaks are searched for through /proc, which some tests replace for the extension.
int __lsan_is_turned_off() {
  const int tasks = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tasks < 0) return 1;
  ::close(tasks);
  return 0;
}

const char* __ubsan_default_options() {
  return REPORT_TO_FILES;
}

const char* __tsan_default_options() {
  return REPORT_TO_FILES ":allocator_may_return_null=1";
}

}  // extern "C"
