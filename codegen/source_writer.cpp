#include "codegen/source_writer.hpp"

#include "codegen/names.hpp"
#include "codegen/openapi.hpp"
#include "codegen/signature.hpp"
#include "codegen/telemetry_ids.hpp"
#include "codegen/validation_writer.hpp"
#include "codegen/visibility.hpp"

#include <string_view>

#include <fmt/format.h>

namespace tw::codegen {

namespace {

using google::protobuf::MethodDescriptor;

constexpr std::size_t kSourceColumnsMax = 128;

std::string_view shape_name(const MethodDescriptor& method) {
    if (method.client_streaming()) return method.server_streaming() ? "bidirectional" : "client_streaming";
    return method.server_streaming() ? "server_streaming" : "unary";
}

std::string_view idempotency_name(tradewind::Idempotency idempotency) {
    switch (idempotency) {
        case tradewind::SAFE:
            return "safe";
        case tradewind::IDEMPOTENT:
            return "idempotent";
        case tradewind::KEYED:
            return "keyed";
        default:
            return "none";
    }
}

std::string_view priority_name(const tradewind::MethodPolicy& policy) {
    switch (policy.priority()) {
        case tradewind::PAYMENT:
            return "payment";
        case tradewind::WRITE:
            return "write";
        case tradewind::READ:
            return "read";
        case tradewind::BACKGROUND:
            return "background";
        default:
            return policy.idempotency() == tradewind::SAFE ? "read" : "write";
    }
}

std::string_view caller_name(int caller) {
    switch (caller) {
        case tradewind::PUBLIC:
            return "anyone";
        case tradewind::OWNER:
            return "owner";
        case tradewind::SUPPORT:
            return "support";
        case tradewind::MERCHANT:
            return "merchant";
        case tradewind::SERVICE:
            return "service";
        default:
            return "operator_";
    }
}

std::string callers_name(const MethodModel& method) {
    return fmt::format("k{}{}Callers", method.descriptor->service()->name(), method.descriptor->name());
}

std::string callers_text(const MethodModel& method) {
    std::string callers;
    for (const int caller : method.policy.allow()) {
        callers += fmt::format("{}tw::rpc::Caller::{}", callers.empty() ? "" : ", ", caller_name(caller));
    }
    const auto head = fmt::format("constexpr tw::rpc::Caller {}[] = {{", callers_name(method));
    const bool fits = head.size() + callers.size() < kSourceColumnsMax;
    return fits ? fmt::format("{}{}}};\n", head, callers) : fmt::format("{}\n    {},\n}};\n", head, callers);
}

std::string method_text(const MethodModel& method, const ValidationWriter& validation) {
    const auto& descriptor = *method.descriptor;
    const auto& file = *descriptor.file();
    const auto request = class_name(*descriptor.input_type(), file);
    const auto& service = *descriptor.service();
    std::string text = fmt::format("constinit const tw::rpc::Method {}Methods::{}{{\n", service.name(), member_name(descriptor));
    const auto line = [&text](std::string_view member, const std::string& value) {
        text += fmt::format("    .{} = {},\n", member, value);
    };
    line("path", quoted(fmt::format("/{}/{}", service.full_name(), descriptor.name())));
    line("service", quoted(service.full_name()));
    line("name", quoted(descriptor.name()));
    line("shape", fmt::format("tw::rpc::Shape::{}", shape_name(descriptor)));
    line("idempotency", fmt::format("tw::rpc::Idempotency::{}", idempotency_name(method.policy.idempotency())));
    line("deadline", fmt::format("std::chrono::milliseconds{{{}}}", method.deadline_ms));
    line("allow", callers_name(method));
    line("request_prototype", fmt::format("&tw::rpc::prototype<{}>", request));
    line("response_prototype", fmt::format("&tw::rpc::prototype<{}>", class_name(*descriptor.output_type(), file)));
    const bool checked = validation.is_checked(*descriptor.input_type());
    line("validate", checked ? fmt::format("&validate<{}>", request) : "&tw::rpc::rules::accept_any");
    if (method.http) line("route", quoted(fmt::format("{} {}", method.http->verb, method.http->path)));
    if (const auto most = method.policy.request_bytes_max(); most > 0) line("request_bytes_max", fmt::format("{}", most));
    line("priority", fmt::format("tw::rpc::Priority::{}", priority_name(method.policy)));
    if (hides_fields(method)) {
        line("hide_fields", fmt::format("&hide_fields<{}>", class_name(*descriptor.output_type(), file)));
        line("see_all_fields", fmt::format("{:#x}U", see_all_fields(*descriptor.output_type())));
    }
    if (has_telemetry_ids(method)) {
        line("telemetry_ids", fmt::format("&telemetry_ids<{}, {}>", request, class_name(*descriptor.output_type(), file)));
    }
    return text + "};\n\n";
}

/// Returns the routes and the document that describes them.
std::string routes_text(const Contract& contract, const ServiceModel& service) {
    const auto& name = service.descriptor->name();
    std::string rows;
    for (const auto& method : service.methods) {
        if (!method.http) continue;
        rows += fmt::format("    {{.verb = {}, .path = {}, .body = {}, .method = &{}Methods::{}}},\n", quoted(method.http->verb),
                            quoted(method.http->path), quoted(method.http->body), name, member_name(*method.descriptor));
    }
    const auto head = fmt::format("tw::rpc::Routes {}_routes()", snake_case(name));
    if (rows.empty()) return fmt::format("{} {{ return {{}}; }}\n\n", head);
    return fmt::format(
        "namespace {{\nconstexpr tw::rpc::Route k{0}Routes[] = {{\n{1}}};\n"
        "constexpr std::string_view k{0}OpenApi = R\"openapi({2})openapi\";\n}}  // namespace\n\n"
        "{3} {{ return {{{{k{0}Routes}}, k{0}OpenApi}}; }}\n\n",
        name, rows, service_document(contract, service), head);
}

std::string handlers_text(const ServiceModel& service) {
    const auto& name = service.descriptor->name();
    std::string rows;
    for (const auto& method : service.methods) {
        rows += fmt::format("    tw::rpc::make_handler<&{0}::{1}, {0}Methods::{1}>(),\n", name, member_name(*method.descriptor));
    }
    auto text = fmt::format("std::string_view {}::service_name() const {{ return {}; }}\n\n", name,
                            quoted(service.descriptor->full_name()));
    const auto head = fmt::format("std::span<const tw::rpc::Handler> {}::handlers() const", name);
    if (rows.empty()) return text + fmt::format("{} {{ return {{}}; }}\n\n", head);
    return text + fmt::format(
                      "namespace {{\nconstexpr tw::rpc::Handler k{0}Handlers[] = {{\n{1}}};\n}}  // namespace\n\n{2} {{ return "
                      "k{0}Handlers; }}\n\n",
                      name, rows, head);
}

std::string client_call(const MethodDescriptor& method) {
    const auto& file = *method.file();
    const auto request = class_name(*method.input_type(), file);
    const auto response = class_name(*method.output_type(), file);
    const auto constant = fmt::format("{}Methods::{}", method.service()->name(), member_name(method));
    if (method.client_streaming()) {
        return fmt::format("tw::rpc::{}<{}, {}>(*channel_, ctx, {}, options)",
                           method.server_streaming() ? "open_call" : "open_client_streaming", request, response, constant);
    }
    return fmt::format("tw::rpc::{}<{}>(*channel_, ctx, {}, request, options)",
                       method.server_streaming() ? "call_server_streaming" : "call_unary", response, constant);
}

std::string client_definition(const ServiceModel& service) {
    const auto scope = service.descriptor->name() + "Client::";
    std::string text;
    for (const auto& method : service.methods) {
        text += fmt::format("{} const {{\n    return {};\n}}\n\n",
                            client_signature(*method.descriptor, *service.descriptor->file(), scope, "    "),
                            client_call(*method.descriptor));
    }
    return text;
}

std::string service_definition(const Contract& contract, const ServiceModel& service, const ValidationWriter& validation) {
    auto text = fmt::format("// {}\n\n", service.descriptor->full_name());
    if (!service.methods.empty()) {
        text += "namespace {\n";
        for (const auto& method : service.methods) text += callers_text(method);
        text += "}  // namespace\n\n";
    }
    for (const auto& method : service.methods) text += method_text(method, validation);
    return text + routes_text(contract, service) + handlers_text(service) + client_definition(service);
}

}  // namespace

std::string source_text(const Contract& contract, const FileModel& file) {
    const ValidationWriter validation{file};
    const auto space = namespace_of(*file.descriptor);
    auto text = fmt::format(
        "// Generated by protoc-gen-tradewind from {}; change that file, not this one.\n"
        "#include \"{}.tw.hpp\"\n\n"
        "#include \"kit/rpc/adapter.hpp\"\n"
        "#include \"kit/rpc/field_rules.hpp\"\n"
        "#include \"kit/rpc/telemetry_ids.hpp\"\n\n"
        "#include <chrono>\n#include <cstdint>\n#include <string>\n#include <string_view>\n\n",
        file.descriptor->name(), stem_of(*file.descriptor));
    if (!space.empty()) text += fmt::format("namespace {} {{\n\n", space);
    if (const auto checks = validation.text(); !checks.empty())
        text += fmt::format("namespace {{\n\n{}\n}}  // namespace\n\n", checks);
    if (const auto hiding = VisibilityWriter{file}.text(); !hiding.empty())
        text += fmt::format("namespace {{\n\n{}\n}}  // namespace\n\n", hiding);
    if (const auto ids = telemetry_ids_text(file); !ids.empty())
        text += fmt::format("namespace {{\n\n{}\n}}  // namespace\n\n", ids);
    for (const auto& service : file.services) text += service_definition(contract, service, validation);
    if (!space.empty()) text += fmt::format("}}  // namespace {}\n", space);
    return text;
}

}  // namespace tw::codegen
