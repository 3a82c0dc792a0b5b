#include "kit/http/client/event_lines.hpp"

#include <utility>

namespace tw::http {

std::optional<ServerEvent> EventLines::take() {
    while (const auto next = line()) {
        if (!next->empty()) {
            add_field(*next);
            continue;
        }
        auto event = std::exchange(event_, {});
        if (std::exchange(has_data_, false)) return event;
    }
    text_.erase(0, std::exchange(at_, 0));
    return std::nullopt;
}

std::optional<std::string_view> EventLines::line() {
    const auto end = text_.find_first_of("\r\n", at_);
    if (end == std::string::npos) return std::nullopt;
    // A CR at the end of what has come may be the first half of a CR LF.
    if (text_[end] == '\r' && end + 1 == text_.size()) return std::nullopt;
    const auto begin = std::exchange(at_, end + (text_[end] == '\r' && text_[end + 1] == '\n' ? 2 : 1));
    return std::string_view{text_}.substr(begin, end - begin);
}

void EventLines::add_field(std::string_view line) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "event") event_.type = value.empty() ? "message" : value;
    if (name != "data") return;
    if (std::exchange(has_data_, true)) event_.data += '\n';
    event_.data += value;
}

}  // namespace tw::http
