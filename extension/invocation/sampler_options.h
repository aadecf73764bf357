// What the sampler is to read, by the settings: nothing that no field on the line needs.
#pragma once

#include "config/settings.h"
#include "sampling/sampler.h"

namespace vitals {

// The rest of the options is as in Lambda.
[[nodiscard]] SamplerOptions sampler_options(const Settings& settings);

}  // namespace vitals
