#pragma once

#include <boost/json/object.hpp>
#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// What a schema describes, since one message has several forms. Answers have all their fields and
/// one form. Requests may leave out fields that are not required, or set them to null, and may
/// write whole numbers as strings. A merge patch removes a value by null (RFC 7396).
enum class Use { answer, request, merge_patch, parameter };

/// Returns the schema of a scalar field's value, or of one item of a list, with its rules and its
/// example.
boost::json::object scalar_schema(const google::protobuf::FieldDescriptor& field, Use use);

/// Whether a client must send the field.
bool is_demanded(const google::protobuf::FieldDescriptor& field);

/// Whether a JSON body of that use may have null as the value of the field.
bool may_be_null(const google::protobuf::FieldDescriptor& field, Use use);

/// Returns the schema that also permits null.
boost::json::object or_null(boost::json::object schema);

}  // namespace tw::codegen
