// FieldSet: some of the record's fields, such as those that a line may have.
#pragma once

#include <bitset>

#include "record/catalogue.h"

namespace vitals {

using FieldSet = std::bitset<field_count>;

}  // namespace vitals
