// What Lambda Vitals promises of its own lines beyond what EMF asks for: docs/metrics.md.
#pragma once

#include "validator/strict_json.h"

namespace vitals::validator {

// Adds what is wrong with `event`, in which check_emf found no fault, to `faults`.
void check_vitals(const Json& event, Faults& faults);

}  // namespace vitals::validator
