#include "kit/audit/objects.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <array>
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

/// For each byte whether ids may have it.
constexpr auto kIdBytes = [] {
    std::array<bool, 256> allowed{};
    for (const char byte : std::string_view{"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:/"}) {
        allowed[static_cast<unsigned char>(byte)] = true;
    }
    return allowed;
}();

bool is_id_byte(char byte) { return kIdBytes[static_cast<unsigned char>(byte)]; }

/// Whether `words`, which are separated by spaces, has the word.
bool has_word(std::string_view words, std::string_view word) {
    for (auto at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
    }
    return false;
}

bool is_id(std::string_view text) { return text.size() <= kIdBytesMax && std::ranges::all_of(text, is_id_byte); }

}  // namespace

void Objects::add(std::string_view kind, std::string_view id) {
    if (id.empty()) return;
    // The entry is written behind the others, and cut off if it does not belong there.
    const auto before = text_.size();
    if (before > 0) text_ += ' ';
    const auto start = text_.size();
    text_.append(kind).append("=").append(is_id(id) ? id : kNoId);
    const auto whole = std::string_view{text_};
    const auto entry = whole.substr(start);
    const bool fits = before + 1 + entry.size() <= kTextBytesMax;
    if (!fits || has_word(whole.substr(0, before), entry)) text_.resize(before);
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
