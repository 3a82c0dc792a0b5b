#include "kit/http/server/http2_fields.hpp"

#include "kit/http/fixed_fields.hpp"
#include "kit/http/server/request_id.hpp"
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

Http2ResponseFields::Http2ResponseFields(const Response& response, const ResponseFraming& framing) {
    const auto fixed_count = framing.fixed != nullptr ? framing.fixed->size() : 0;
    fields_.reserve(5 + fixed_count + response.headers.fields().size());
    fields_.push_back({":status", written(static_cast<std::size_t>(response.status), status_), false, true});
    fields_.push_back({"date", framing.date, false, true});
    if (!has_no_content(response.status)) {
        if (!response.content_type.empty() && is_field_value(response.content_type)) {
            fields_.push_back({"content-type", trimmed(response.content_type), false, true});
        }
        // An answer with trailers gets no length: the frames delimit it, and gRPC's answers have
        // none. The length of a stream is not known.
        const bool has_length = response.trailers.fields().empty() && response.stream == nullptr;
        if (has_length) fields_.push_back({"content-length", written(response.body.size(), length_)});
    }
    for (const auto& [name, value] : response.headers.fields()) {
        if (!may_send(name, value)) continue;
        if (std::ranges::none_of(name, is_upper)) {
            fields_.push_back({name, trimmed(value)});
        } else {
            fields_.push_back({names_.emplace_back(lower_case(name)), trimmed(value)});
        }
    }
    if (!framing.request_id.empty()) fields_.push_back({kRequestIdField, framing.request_id});
    if (framing.fixed == nullptr) return;
    framing.fixed->for_each_in(
        response, [this](const FixedFields::Field& field) { fields_.push_back({field.name, field.value, false, true}); });
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
