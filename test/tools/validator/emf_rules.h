// The rules of CloudWatch's Embedded Metric Format, whoever wrote the line: those that its published JSON Schema
// states, and those that it does not, for which CloudWatch drops metrics without a word.
#pragma once

#include <cstdint>

#include "validator/strict_json.h"

namespace vitals::validator {

// Adds what is wrong with `event` to `faults`. `now_ms`: milliseconds since the epoch; CloudWatch takes metrics from 14
// days before until 2 hours after it receives them.
void check_emf(const Json& event, std::int64_t now_ms, Faults& faults);

// The text member `name` of an object, or an empty text.
[[nodiscard]] std::string_view text_member(const Json& object, const char* name);

}  // namespace vitals::validator
