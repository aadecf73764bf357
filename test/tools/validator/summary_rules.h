// What Lambda Vitals promises of a summary (docs/metrics.md), beyond what every line has.
#pragma once

#include "validator/strict_json.h"

namespace vitals::validator {

// Adds the faults of a summary whose members and directive have been checked.
void check_summary(const Json& event, Faults& faults);

}  // namespace vitals::validator
