// Which invocations get a line of their own (LAMBDA_VITALS_LINES), as far as one record shows. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "record/invocation_record.h"

namespace vitals {

// Why a record asks for attention, as `line_reason` has it: the first reason of docs/configuration.md that applies;
// empty: none. The slowest of a minute is not among them, because one record does not show it (lines.h).
[[nodiscard]] std::string_view notable_reason(const InvocationRecord& record);

// Whether a request id is in the sample of one in `one_in`: FNV-1a (64 bits) of its characters is a multiple. Every
// copy of this extension chooses the same ids. An empty id is not in the sample.
[[nodiscard]] bool is_in_sample(std::string_view request_id, std::int64_t one_in);

}  // namespace vitals
