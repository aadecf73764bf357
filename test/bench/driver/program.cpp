#include "program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bench {

namespace {

using vitals::FileDescriptor;

Nanoseconds to_duration(const timespec& time) {
  return std::chrono::seconds{time.tv_sec} + Nanoseconds{time.tv_nsec};
}

// Puts the file out of the page cache, or, where it has to be written to the disk first, tries to.
void evict(int fd) {
  ::fsync(fd);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

std::uint64_t cached_bytes_of(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || info.st_size <= 0) return 0;
  const auto size = static_cast<std::size_t>(info.st_size);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return 0;
  std::vector<unsigned char> resident((size + page - 1) / page);
  const bool known = ::mincore(map, size, resident.data()) == 0;
  ::munmap(map, size);
  if (!known) return 0;
  return page * static_cast<std::uint64_t>(std::count_if(resident.begin(), resident.end(),
                                                         [](unsigned char flags) { return (flags & 1U) != 0; }));
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// The number behind "name:" in a text of such lines; 0 where there is none.
std::uint64_t number_of(const std::string& text, const std::string& name) {
  const auto at = text.find(name + ":");
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size() + 1, nullptr, 10);
}

}  // namespace

Nanoseconds now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return to_duration(time);
}

Program::Program(const std::vector<std::string>& command, const std::vector<std::string>& environment, bool cold,
                 const CpuGroup* group) {
  {
    const FileDescriptor file{::open(command.at(0).c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) throw std::runtime_error(command.at(0) + ": " + ::strerrordesc_np(errno));
    if (cold) evict(file.get());
    cached_bytes_ = cached_bytes_of(file.get());
  }
  // Where the child leaves the moment of its exec.
  void* const shared = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ends[2];
  if (shared == MAP_FAILED || ::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  output_ = FileDescriptor{ends[0]};
  const FileDescriptor writing{ends[1]};
  const auto arguments = pointers(command);
  const auto variables = pointers(environment);
  auto* const executed_at = static_cast<volatile std::int64_t*>(shared);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(writing.get(), STDOUT_FILENO);
    if (group != nullptr) group->enter();
    *executed_at = now().count();
    ::execve(arguments[0], arguments.data(), variables.data());
    ::_exit(127);
  }
  while (*executed_at == 0) ::usleep(20);
  executed_at_ = Nanoseconds{*executed_at};
  ::munmap(shared, sizeof(std::int64_t));
}

Program::~Program() {
  if (pid_ <= 0 || has_ended()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

bool Program::has_ended() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

Nanoseconds Program::cpu_time() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the program's CPU clock cannot be read: has it ended?");
  }
  return to_duration(time);
}

std::string Program::read(const std::string& file) const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::uint64_t Program::pss_kb() const {
  return number_of(read("smaps_rollup"), "\nPss");
}

std::uint64_t Program::high_water_kb() const {
  return number_of(read("status"), "\nVmHWM");
}

std::uint64_t Program::switches() const {
  std::uint64_t sum = 0;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task", ignored)) {
    const std::string text = read("task/" + task.path().filename().string() + "/status");
    sum += number_of(text, "\nvoluntary_ctxt_switches") + number_of(text, "\nnonvoluntary_ctxt_switches");
  }
  return sum;
}

bool Program::sleeps() const {
  const std::string text = read("stat");
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text.compare(name_end, 3, ") S") == 0;
}

}  // namespace bench
