// What the sampler reads, according to the settings: only what a field on the line needs.
#pragma once

#include "config/settings.h"
#include "sampling/sampler.h"

namespace vitals {

// All other options have their values for Lambda.
[[nodiscard]] SamplerOptions sampler_options(const Settings& settings);

}  // namespace vitals
