#include "codegen/signature.hpp"

#include "codegen/names.hpp"

#include <fmt/format.h>

namespace tw::codegen {

namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

/// The columns of the 130 that remain beside `virtual`, `const` and the end of the line.
constexpr std::size_t kSignatureColumnsMax = 110;

std::string joined_signature(const std::string& head, const std::string& parameters, std::string_view indent) {
    const bool fits = head.size() + parameters.size() <= kSignatureColumnsMax;
    return fits ? fmt::format("{}({})", head, parameters) : fmt::format("{}(\n{}{})", head, indent, parameters);
}

}  // namespace

std::string service_signature(const MethodDescriptor& method, const FileDescriptor& from, std::string_view indent) {
    const auto request = class_name(*method.input_type(), from);
    const auto response = class_name(*method.output_type(), from);
    const auto result = method.server_streaming() ? "void" : response;
    std::string parameters = "const tw::CallContext& ctx, ";
    parameters += method.client_streaming() ? fmt::format("tw::rpc::Reader<{}>& requests", request)
                                            : fmt::format("const {}& request", request);
    if (method.server_streaming()) parameters += fmt::format(", tw::rpc::Writer<{}>& responses", response);
    return joined_signature(fmt::format("tw::Task<tw::Result<{}>> {}", result, member_name(method)), parameters, indent);
}

std::string client_signature(const MethodDescriptor& method, const FileDescriptor& from, std::string_view scope,
                             std::string_view indent) {
    const auto request = class_name(*method.input_type(), from);
    auto result = class_name(*method.output_type(), from);
    if (method.client_streaming()) {
        result =
            fmt::format("tw::rpc::{}<{}, {}>", method.server_streaming() ? "ClientCall" : "ClientStreamingCall", request, result);
    } else if (method.server_streaming()) {
        result = fmt::format("tw::rpc::ServerStreamingCall<{}>", result);
    }
    const auto head = fmt::format("tw::Task<tw::Result<{}>> {}{}", result, scope, member_name(method));
    std::string parameters = "const tw::CallContext& ctx";
    if (!method.client_streaming()) parameters += fmt::format(", const {}& request", request);
    // Only the declaration has the default argument.
    parameters += scope.empty() ? ", tw::rpc::CallOptions* options = nullptr" : ", tw::rpc::CallOptions* options";
    return joined_signature(head, parameters, indent);
}

}  // namespace tw::codegen
