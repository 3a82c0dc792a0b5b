#include "kit/http/message.hpp"

#include "kit/http/streamed_body.hpp"
#include "kit/http/text.hpp"

namespace tw::http {

Task<void> StreamedBody::begin(const CallContext&, Response&) { co_return; }

void Headers::replace(std::string_view name, std::string value) {
    std::erase_if(fields_, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
    add(std::string{name}, std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const auto& [field, value] : fields_) {
        if (equals_ignoring_case(field, name)) return value;
    }
    return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
    std::string list;
    bool first = true;
    for (const auto& [field, value] : fields_) {
        if (!equals_ignoring_case(field, name)) continue;
        if (!std::exchange(first, false)) list += ',';
        list += value;
    }
    return list;
}

}  // namespace tw::http
