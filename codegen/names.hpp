#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The C++ names of the things in a contract.

/// Converts to snake case: "create_user" for CreateUser, "get_http_url" for GetHTTPUrl.
std::string snake_case(std::string_view name);
/// The member function of a method: the method's name in snake case. If that is a word of the
/// language or of tw::rpc::Service, "_" is appended.
std::string member_name(const google::protobuf::MethodDescriptor& method);
/// "user" for user.proto, "shop/user" for shop/user.proto.
std::string stem_of(const google::protobuf::FileDescriptor& file);
/// "user", "acme::shop"; empty without a package.
std::string namespace_of(const google::protobuf::FileDescriptor& file);
/// The class of a message, as code in the namespace of `from` writes it: unqualified for its own
/// package, and qualified for others.
std::string class_name(const google::protobuf::Descriptor& message, const google::protobuf::FileDescriptor& from);
/// Returns `text` as a C++ string literal.
std::string quoted(std::string_view text);

/// The contract's comment on a declaration, from before it or from the end of its line, without
/// blanks at either end.
template <class Descriptor>
std::string comment_of(const Descriptor& descriptor);

extern template std::string comment_of(const google::protobuf::MethodDescriptor&);
extern template std::string comment_of(const google::protobuf::ServiceDescriptor&);
extern template std::string comment_of(const google::protobuf::Descriptor&);
extern template std::string comment_of(const google::protobuf::EnumDescriptor&);
extern template std::string comment_of(const google::protobuf::FieldDescriptor&);

/// Returns the lines of a text, each with `prefix` before it, as comments are written.
std::string comment_lines(const std::string& text, std::string_view prefix);

}  // namespace tw::codegen
