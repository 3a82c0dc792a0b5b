#include "kit/audit/objects.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace tw::audit {
namespace {

constexpr std::size_t kIdBytesMax = 64;
constexpr std::size_t kTextBytesMax = 512;
constexpr std::string_view kIdSuffix = "_id";
/// Stands for a value that cannot be an id.
constexpr std::string_view kNoId = "?";

bool is_id_byte(char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '-' ||
           byte == '_' || byte == '.' || byte == ':' || byte == '/';
}

bool is_id(std::string_view text) { return text.size() <= kIdBytesMax && std::ranges::all_of(text, is_id_byte); }

}  // namespace

void Objects::add(std::string_view kind, std::string_view id) {
    if (id.empty()) return;
    std::string entry{kind};
    entry.append("=").append(is_id(id) ? id : kNoId);
    const auto padded = " " + text_ + " ";
    if (padded.find(" " + entry + " ") != std::string::npos) return;
    if (text_.size() + 1 + entry.size() > kTextBytesMax) return;
    if (!text_.empty()) text_ += ' ';
    text_ += entry;
}

void Objects::add_from(const rpc::Message& message, std::string_view kind) {
    const auto* const type = message.GetDescriptor();
    const auto* const reflection = message.GetReflection();
    for (int i = 0; i < type->field_count(); ++i) {
        const auto* const field = type->field(i);
        if (field->is_repeated() || field->type() != google::protobuf::FieldDescriptor::TYPE_STRING) continue;
        const std::string_view name = field->name();
        const bool own = name == "id";
        if (!own && !name.ends_with(kIdSuffix)) continue;
        std::string scratch;
        add(own ? kind : name.substr(0, name.size() - kIdSuffix.size()),
            reflection->GetStringReference(message, field, &scratch));
    }
}

std::string kind_of(const rpc::Method& method) {
    return ascii_lower(std::string{method.response_prototype().GetDescriptor()->name()});
}

}  // namespace tw::audit
