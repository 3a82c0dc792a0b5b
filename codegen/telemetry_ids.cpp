#include "codegen/telemetry_ids.hpp"

#include "codegen/names.hpp"
#include "codegen/rule_check.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <google/protobuf/compiler/cpp/names.h>

namespace tw::codegen {
namespace {

using google::protobuf::Descriptor;

bool has_ids(const Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) {
        if (!rules_of(*message.field(i)).telemetry().empty()) return true;
    }
    return false;
}

std::string add_ids_text(const Descriptor& message, const google::protobuf::FileDescriptor& file) {
    std::string body;
    for (int i = 0; i < message.field_count(); ++i) {
        const auto& field = *message.field(i);
        const auto& name = rules_of(field).telemetry();
        if (name.empty()) continue;
        body += fmt::format("    ids.add({}, message.{}());\n", quoted(name), google::protobuf::compiler::cpp::FieldName(&field));
    }
    return fmt::format("void add_ids(const {}& message, tw::rpc::TelemetryIds& ids) {{\n{}}}\n", class_name(message, file), body);
}

}  // namespace

bool has_telemetry_ids(const MethodModel& method) {
    return has_ids(*method.descriptor->input_type()) || has_ids(*method.descriptor->output_type());
}

std::string telemetry_ids_text(const FileModel& file) {
    std::vector<const Descriptor*> messages;
    for (const auto& service : file.services) {
        for (const auto& method : service.methods) {
            for (const auto* message : {method.descriptor->input_type(), method.descriptor->output_type()}) {
                if (has_ids(*message) && std::ranges::find(messages, message) == messages.end()) messages.push_back(message);
            }
        }
    }
    if (messages.empty()) return {};
    std::string text =
        "// The ids for telemetry, with one function for each message that has some.\n\n"
        "template <class M>\n"
        "void add_ids(const M&, tw::rpc::TelemetryIds&) {}\n";
    for (const auto* message : messages) text += add_ids_text(*message, *file.descriptor);
    return text +
           "\ntemplate <class Request, class Response>\n"
           "void telemetry_ids(const tw::rpc::Message& request, const tw::rpc::Message* response, tw::rpc::TelemetryIds& ids) {\n"
           "    add_ids(static_cast<const Request&>(request), ids);\n"
           "    if (response != nullptr) add_ids(static_cast<const Response&>(*response), ids);\n"
           "}\n";
}

}  // namespace tw::codegen
