#pragma once

#include "codegen/problems.hpp"
#include "tradewind/options.pb.h"

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The rules of a field; the default ones when it has none.
const tradewind::FieldRules& rules_of(const google::protobuf::FieldDescriptor& field);

/// Whether the field says of itself that it may be left out: rules then apply to what is set.
bool is_optional(const google::protobuf::FieldDescriptor& field);

/// Rules that do not fit their field's type go to `problems`, for every message of the file.
void check_field_rules(const google::protobuf::FileDescriptor& file, Problems& problems);

}  // namespace tw::codegen
