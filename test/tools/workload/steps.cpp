#include "steps.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace workload {

std::chrono::nanoseconds milliseconds(const Step& step, const char* name, double otherwise) {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(step.value(name, otherwise) * 1e6)};
}

void sleep_for(std::chrono::nanoseconds time) {
  timespec left{time.count() / 1'000'000'000, time.count() % 1'000'000'000};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + ::strerrordesc_np(errno));
}

namespace {

void crash(const Step& step) {
  if (step.contains("signal")) ::raise(step["signal"].get<int>());
  ::_exit(step.value("status", 1));
}

void run_step(const Step& step, Seen& seen) {
  const auto name = step.at("do").get<std::string>();
  if (name == "sleep") return sleep_for(milliseconds(step, "ms"));
  if (name == "burn") return burn(step, seen);
  if (name == "children") return run_children(step, seen);
  if (name == "daemon") return run_daemon(step);
  if (name == "processes") return hold_processes(step, seen);
  if (name == "allocate") return allocate(step, seen);
  if (name == "exceed") return exceed_memory();
  if (name == "together") return hold_together(step, seen);
  if (name == "programs") return run_programs(step, seen);
  if (name == "write") return write_file(step);
  if (name == "read") return read_file(step);
  if (name == "tmp") return hold_tmp_file(step, seen);
  if (name == "threads") return hold_threads(step, seen);
  if (name == "descriptors") return hold_descriptors(step, seen);
  if (name == "limit") return limit_descriptors(step, seen);
  if (name == "exchange") return exchange(step);
  if (name == "crash") return crash(step);
  throw std::runtime_error("no step " + name);
}

}  // namespace

void run_steps(const nlohmann::json& event, Seen& seen) {
  for (const auto& step : event.value("steps", nlohmann::json::array())) run_step(step, seen);
}

}  // namespace workload
