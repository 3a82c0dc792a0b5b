#pragma once

#include <boost/json/object.hpp>
#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// What a schema describes. The same message looks different: answers have all their fields and one form, requests may leave out
/// what is not demanded, by null too, and may write whole numbers as strings; a merge patch removes by null (RFC 7396).
enum class Use { answer, request, merge_patch, parameter };

/// The schema of a scalar field's value, or of one item of a list of them, with its rules and its example.
boost::json::object scalar_schema(const google::protobuf::FieldDescriptor& field, Use use);

/// Whether a client must send the field.
bool is_demanded(const google::protobuf::FieldDescriptor& field);

/// Whether a JSON body of that use may have null in the field's place.
bool may_be_null(const google::protobuf::FieldDescriptor& field, Use use);

/// The same schema with null as a value.
boost::json::object or_null(boost::json::object schema);

}  // namespace tw::codegen
