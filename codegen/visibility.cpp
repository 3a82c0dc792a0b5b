#include "codegen/visibility.hpp"

#include "codegen/names.hpp"
#include "codegen/rule_check.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <google/protobuf/compiler/cpp/names.h>

namespace tw::codegen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr CallerBits kEveryone = ~CallerBits{0};

/// The order of tw::rpc::Caller is that of the contract's Caller, which begins with one more.
CallerBits bit_of(int caller) { return CallerBits{1} << (caller - 1); }

/// The message that a field holds, or that the values of a map are. Null for other fields.
const Descriptor* message_in(const FieldDescriptor& field) {
    return field.is_map() ? field.message_type()->map_value()->message_type() : field.message_type();
}

CallerBits see_all(const Descriptor& message, std::set<const Descriptor*>& seen) {
    if (!seen.insert(&message).second) return kEveryone;
    auto callers = kEveryone;
    for (int i = 0; i < message.field_count(); ++i) {
        callers &= visible_to(*message.field(i));
        if (const auto* held = message_in(*message.field(i))) callers &= see_all(*held, seen);
    }
    return callers;
}

void check_visible_field(const FieldDescriptor& field, Problems& problems) {
    const auto& rules = rules_of(field);
    if (rules.personal() && rules.visible_to().empty()) {
        problems.add(field, "is personal and in an answer, so it says who sees it: `visible_to`");
    }
    for (const int caller : rules.visible_to()) {
        if (caller == tradewind::CALLER_UNSPECIFIED || !tradewind::Caller_IsValid(caller)) {
            problems.add(field, "`visible_to` names a caller that does not exist");
        }
        if (caller == tradewind::PUBLIC) problems.add(field, "`visible_to` with PUBLIC hides nothing; leave it out");
    }
}

}  // namespace

CallerBits visible_to(const FieldDescriptor& field) {
    const auto& callers = rules_of(field).visible_to();
    if (callers.empty()) return kEveryone;
    CallerBits bits = 0;
    for (const int caller : callers) bits |= bit_of(caller);
    return bits;
}

CallerBits see_all_fields(const Descriptor& message) {
    std::set<const Descriptor*> seen;
    return see_all(message, seen);
}

bool hides_fields(const MethodModel& method) {
    if (method.policy.echoes_request()) return false;
    const auto callers = see_all_fields(*method.descriptor->output_type());
    return std::ranges::any_of(method.policy.allow(), [&](int caller) { return (callers & bit_of(caller)) == 0; });
}

void check_visibility(const Descriptor& answer, std::set<const Descriptor*>& reported, Problems& problems) {
    if (!reported.insert(&answer).second) return;
    for (int i = 0; i < answer.field_count(); ++i) {
        check_visible_field(*answer.field(i), problems);
        if (const auto* held = message_in(*answer.field(i))) check_visibility(*held, reported, problems);
    }
}

VisibilityWriter::VisibilityWriter(const FileModel& file) : file_{*file.descriptor} {
    for (const auto& service : file.services) {
        for (const auto& method : service.methods) {
            if (hides_fields(method)) visit(*method.descriptor->output_type());
        }
    }
}

void VisibilityWriter::visit(const Descriptor& message) {
    if (see_all_fields(message) == kEveryone || std::ranges::find(order_, &message) != order_.end()) return;
    order_.push_back(&message);
    for (int i = 0; i < message.field_count(); ++i) {
        if (const auto* held = message_in(*message.field(i))) visit(*held);
    }
}

std::string VisibilityWriter::signature(const Descriptor& message) const {
    return fmt::format("void hide({}& message, tw::rpc::CallerSet callers)", class_name(message, file_));
}

std::string VisibilityWriter::text() const {
    if (order_.empty()) return {};
    std::string text = "// The fields that not every caller sees, with one function for each message.\n\n";
    for (const auto* message : order_) text += signature(*message) + ";\n";
    for (const auto* message : order_) {
        std::string body;
        for (int i = 0; i < message->field_count(); ++i) body += field_text(*message->field(i));
        text += fmt::format("\n{} {{\n{}}}\n", signature(*message), body);
    }
    text +=
        "\ntemplate <class Response>\n"
        "void hide_fields(tw::rpc::Message& response, tw::rpc::CallerSet callers) {\n"
        "    hide(static_cast<Response&>(response), callers);\n"
        "}\n";
    return text;
}

std::string VisibilityWriter::field_text(const FieldDescriptor& field) const {
    const auto accessor = google::protobuf::compiler::cpp::FieldName(&field);
    std::string text;
    if (const auto callers = visible_to(field); callers != kEveryone) {
        text += fmt::format("    if ((callers & {:#x}U) == 0) message.clear_{}();\n", callers, accessor);
    }
    const auto* held = message_in(field);
    if (held == nullptr || std::ranges::find(order_, held) == order_.end()) return text;
    if (field.is_map()) {
        return text + fmt::format("    for (auto& entry : *message.mutable_{}()) hide(entry.second, callers);\n", accessor);
    }
    if (field.is_repeated()) {
        return text + fmt::format("    for (auto& item : *message.mutable_{}()) hide(item, callers);\n", accessor);
    }
    return text + fmt::format("    if (message.has_{0}()) hide(*message.mutable_{0}(), callers);\n", accessor);
}

}  // namespace tw::codegen
