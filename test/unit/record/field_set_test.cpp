#include "record/field_set.h"

#include <vector>

#include "support/catch.h"

using namespace vitals;

namespace {

std::vector<Field> fields_of(const FieldSet& set) {
  std::vector<Field> fields;
  set.for_each([&](Field field) { fields.push_back(field); });
  return fields;
}

}  // namespace

TEST_CASE("a set has the fields that were put into it, in the order of the line") {
  for (const Field one : all_fields) {
    FieldSet set;
    set.set(all_fields.back());
    set.set(one);
    set.set(all_fields.front());
    std::vector<Field> wanted{all_fields.front(), one, all_fields.back()};
    if (one == all_fields.front() || one == all_fields.back()) wanted = {all_fields.front(), all_fields.back()};
    CHECK(fields_of(set) == wanted);
    CHECK(set.count() == wanted.size());
    CHECK(set.test(one));
    set.reset(one);
    CHECK_FALSE(set.test(one));
  }
}

TEST_CASE("sets are united, intersected and compared") {
  const FieldSet all = fields_that([](const FieldInfo&) { return true; });
  const FieldSet numbers = fields_that(&is_number);
  const FieldSet others = fields_that([](const FieldInfo& row) { return !is_number(row); });
  CHECK(fields_of(all) == std::vector<Field>(all_fields.begin(), all_fields.end()));
  CHECK((numbers & others) == FieldSet{});
  CHECK((numbers & all) == numbers);
  CHECK(all.contains(numbers));
  CHECK_FALSE(numbers.contains(all));
  FieldSet both = numbers;
  both |= others;
  CHECK(both == all);
}
