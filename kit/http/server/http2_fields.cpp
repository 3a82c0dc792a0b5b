#include "kit/http/server/http2_fields.hpp"

#include "kit/http/server/response_head.hpp"
#include "kit/http/text.hpp"

#include <algorithm>
#include <charconv>

namespace tw::http {
namespace {

std::string lower_case(std::string_view name) {
    std::string lower{name};
    for (auto& c : lower) c = is_upper(c) ? static_cast<char>(c | 0x20) : c;
    return lower;
}

std::string_view written(std::size_t number, std::span<char> room) {
    const auto [end, failure] = std::to_chars(room.data(), room.data() + room.size(), number);
    return {room.data(), end};
}

}  // namespace

Http2ResponseFields::Http2ResponseFields(const Response& response, std::string_view date) {
    fields_.reserve(4 + response.headers.fields().size());
    fields_.push_back({":status", written(static_cast<std::size_t>(response.status), status_), false, true});
    fields_.push_back({"date", date, false, true});
    if (!has_no_content(response.status)) {
        if (!response.content_type.empty() && is_field_value(response.content_type)) {
            fields_.push_back({"content-type", trimmed(response.content_type), false, true});
        }
        // An answer with trailers gets no length: the frames delimit it, and gRPC's answers have
        // none.
        if (response.trailers.fields().empty()) fields_.push_back({"content-length", written(response.body.size(), length_)});
    }
    for (const auto& [name, value] : response.headers.fields()) {
        if (!may_send(name, value)) continue;
        if (std::ranges::none_of(name, is_upper)) {
            fields_.push_back({name, trimmed(value)});
        } else {
            fields_.push_back({names_.emplace_back(lower_case(name)), trimmed(value)});
        }
    }
}

std::vector<net::H2Field> fields_of(const Headers& trailers) {
    std::vector<net::H2Field> fields;
    fields.reserve(trailers.fields().size());
    for (const auto& [name, value] : trailers.fields()) {
        if (may_send(name, value)) fields.push_back({name, trimmed(value)});
    }
    return fields;
}

}  // namespace tw::http
