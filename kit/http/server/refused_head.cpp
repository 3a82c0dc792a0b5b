#include "kit/http/server/refused_head.hpp"

#include "kit/http/text.hpp"

#include <algorithm>

namespace tw::http {
namespace {

/// Neither field is longer in practice.
constexpr std::size_t kLineBytesMax = 512;

}  // namespace

void RefusedHead::feed(std::string_view bytes) {
    while (!bytes.empty() && !ended_) {
        const auto newline = bytes.find('\n');
        const auto part = bytes.substr(0, newline);
        const auto room = kLineBytesMax - line_.size();
        line_too_long_ |= part.size() > room;
        line_ += part.substr(0, room);
        if (newline == std::string_view::npos) return;
        bytes.remove_prefix(newline + 1);
        take_line();
    }
}

void RefusedHead::take_line() {
    std::string_view line{line_};
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (first_line_) {
        take_request_line(line);
    } else if (line.empty()) {
        ended_ = true;
    } else if (!line_too_long_) {
        const auto colon = std::min(line.find(':'), line.size());
        const auto name = line.substr(0, colon);
        const auto value = trimmed(line.substr(std::min(colon + 1, line.size())));
        for (auto& [wanted, field] : {std::pair<std::string_view, Field&>{"origin", origin_}, {"content-type", content_type_}}) {
            if (!equals_ignoring_case(name, wanted)) continue;
            ++field.times;
            field.value = is_field_value(value) ? value : std::string_view{};
        }
    }
    line_.clear();
    line_too_long_ = false;
}

void RefusedHead::take_request_line(std::string_view line) {
    first_line_ = false;
    const auto method = line.substr(0, line.find(' '));
    if (is_token(method)) method_ = method;
}

Request RefusedHead::request() const {
    Request request;
    request.method = method_;
    if (origin_.times == 1 && !origin_.value.empty()) request.headers.add("Origin", origin_.value);
    if (content_type_.times == 1 && !content_type_.value.empty()) request.headers.add("Content-Type", content_type_.value);
    return request;
}

}  // namespace tw::http
