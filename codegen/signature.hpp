#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The declarations of a method in the service and in the client, without specifiers and without
/// the end. If the line is too long, the parameters go to a second line, after `indent`.

std::string service_signature(const google::protobuf::MethodDescriptor& method, const google::protobuf::FileDescriptor& from,
                              std::string_view indent);
/// `scope` is "UserServiceClient::" where the function is defined, empty where it is declared.
std::string client_signature(const google::protobuf::MethodDescriptor& method, const google::protobuf::FileDescriptor& from,
                             std::string_view scope, std::string_view indent);

}  // namespace tw::codegen
