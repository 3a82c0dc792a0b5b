#pragma once

#include "codegen/problems.hpp"
#include "tradewind/options.pb.h"

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The rules of a field, or the default rules if it has none.
const tradewind::FieldRules& rules_of(const google::protobuf::FieldDescriptor& field);

/// Whether the field records that it was left out. Rules then apply only if it is set.
bool is_optional(const google::protobuf::FieldDescriptor& field);

/// Checks that the rules of every message of the file fit the types of the fields. Faults go to
/// `problems`.
void check_field_rules(const google::protobuf::FileDescriptor& file, Problems& problems);

}  // namespace tw::codegen
