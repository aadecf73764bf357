// The user's choices for the EMF line. config/ creates and validates them; the encoder does not check them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "record/field_set.h"

namespace vitals::emf {

struct Options {
  std::string name_space = "LambdaInsights";
  FieldSet metrics;                                                // fields published as metrics
  FieldSet fields;                                                 // fields that may be on the line
  std::vector<std::vector<std::string>> dimension_sets;            // names of string fields or of custom fields
  std::vector<std::pair<std::string, std::string>> custom_fields;  // on every line, in this order
  bool summaries = false;                                          // not every record has a line (LAMBDA_VITALS_LINES)
  bool high_resolution = false;                                    // StorageResolution 1 for every metric
  // AWS_LAMBDA_LOG_FORMAT=JSON: the line also carries `timestamp` and this `level`. Empty with the text format.
  std::string json_log_level;
};

}  // namespace vitals::emf
