#include "kit/gateway/events/event_text.hpp"

#include "kit/gateway/conditions/version_field.hpp"
#include "kit/http/json_mapping.hpp"

namespace tw::gateway {

std::string event_of(const rpc::Message& message) {
    std::string text;
    if (const auto* const version = version_field(message)) {
        text += "id: ";
        text += std::to_string(message.GetReflection()->GetInt64(message, version));
        text += '\n';
    }
    // JSON escapes line breaks, so the data is one line.
    text += "data: ";
    http::write_json(message, text);
    text += "\n\n";
    return text;
}

std::string error_event(std::string_view problem) {
    std::string text{"event: error\ndata: "};
    text += problem;
    text += "\n\n";
    return text;
}

}  // namespace tw::gateway
