#pragma once

#include "kit/rpc/method.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace tw::gateway {

/// Returns the field with the version of a message; null if the message has no version.
inline const google::protobuf::FieldDescriptor* version_field(const rpc::Message& message) {
    using google::protobuf::FieldDescriptor;
    const auto* field = message.GetDescriptor()->FindFieldByName("version");
    const bool fits = field != nullptr && !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    return fits ? field : nullptr;
}

}  // namespace tw::gateway
