#include "invocation/sampler_options.h"

#include <array>
#include <string>

#include "support/catch.h"

using namespace vitals;

namespace {

SamplerOptions options_with(const std::string& variable) {
  const std::array<const char*, 2> environment = {variable.c_str(), nullptr};
  return sampler_options(load_settings(environment.data()).settings);
}

}  // namespace

TEST_CASE("the full record wants everything, whatever is a metric") {
  const SamplerOptions options = options_with(
      GENERATE(as<std::string>{}, "", "LAMBDA_VITALS_METRICS=none", "LAMBDA_VITALS_METRICS=cpu_total_time"));
  CHECK(options.disk_bytes);
  CHECK(options.high_water_marks);
  CHECK(options.cpu_wait);
  CHECK_FALSE(options.cpu_wait_of_threads);
}

TEST_CASE("what threads have waited is read where it is named") {
  for (const char* const record : {"full", "compact"}) {
    const std::string size = std::string{"LAMBDA_VITALS_RECORD="} + record;
    const std::array<const char*, 3> environment = {"LAMBDA_VITALS_METRICS=+cpu_wait_time", size.c_str(), nullptr};
    const SamplerOptions options = sampler_options(load_settings(environment.data()).settings);
    CHECK(options.cpu_wait);
    CHECK(options.cpu_wait_of_threads);
  }
  CHECK_FALSE(options_with("LAMBDA_VITALS_METRICS=all").cpu_wait_of_threads);
}

TEST_CASE("the compact record wants neither the bytes of the disk nor high-water marks") {
  const SamplerOptions options = options_with("LAMBDA_VITALS_RECORD=compact");
  CHECK_FALSE(options.disk_bytes);
  CHECK_FALSE(options.high_water_marks);
  CHECK_FALSE(options.cpu_wait);
}

TEST_CASE("on Managed Instances the compact record's peak of memory wants the high-water marks") {
  const char* const environment[] = {"AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances",
                                     "LAMBDA_VITALS_RECORD=compact", nullptr};
  const SamplerOptions options = sampler_options(load_settings(environment).settings);
  CHECK(options.high_water_marks);
}

TEST_CASE("unless they are named") {
  struct Row {
    const char* metrics;
    bool disk_bytes;
    bool high_water_marks;
  };
  const auto row = GENERATE(Row{"+disk_read_bytes", true, false}, Row{"+disk_write_bytes", true, false},
                            Row{"+memory_peak", false, true}, Row{"+page_faults_major", false, false});
  const std::string metrics = std::string{"LAMBDA_VITALS_METRICS="} + row.metrics;
  const std::array<const char*, 3> environment = {"LAMBDA_VITALS_RECORD=compact", metrics.c_str(), nullptr};
  const SamplerOptions options = sampler_options(load_settings(environment.data()).settings);
  CHECK(options.disk_bytes == row.disk_bytes);
  CHECK(options.high_water_marks == row.high_water_marks);
}

TEST_CASE("the interfaces are the setting's") {
  CHECK(options_with("LAMBDA_VITALS_NETWORK_INTERFACES=eth0,eth1").network_interfaces ==
        std::vector<std::string>{"eth0", "eth1"});
}

TEST_CASE("what the host took is read where it is named") {
  CHECK(options_with("LAMBDA_VITALS_METRICS=+cpu_steal_time").counters.steal);
  CHECK_FALSE(options_with("LAMBDA_VITALS_METRICS=all").counters.steal);
  CHECK_FALSE(options_with("").counters.steal);
  CHECK(options_with("").counters.agent_cpu);
}
