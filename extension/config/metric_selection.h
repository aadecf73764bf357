// LAMBDA_VITALS_METRICS: which fields are published as metrics.
#pragma once

#include <string_view>

#include "base/result.h"
#include "record/field_set.h"

namespace vitals::config {

struct MetricSelection {
  FieldSet metrics;
  FieldSet named;  // those that the user named individually: they are on the line even if the record is compact
};

// The eight metrics of Lambda Insights, or those of its environment lines on Managed Instances.
[[nodiscard]] MetricSelection default_metrics(bool managed = false);

// One of
//   duration,cpu_total_time         only these
//   +duration,-init_duration        the default, edited
//   default | all | none            the default (`usual`), every numeric field, none; may be edited: all,-invocation
// Every name must be a numeric field of the catalogue. Duplicates are harmless.
[[nodiscard]] Result<MetricSelection> parse_metrics(std::string_view value,
                                                    const FieldSet& usual = default_metrics().metrics);

}  // namespace vitals::config
