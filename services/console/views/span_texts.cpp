#include "services/console/views/span_texts.hpp"

#include "kit/base/encoding.hpp"
#include "services/console/query.hpp"

#include <algorithm>

namespace tw::console {
namespace {

template <class Id>
std::string hex_text(const Id& id) {
    if (id == Id{}) return {};
    std::string text(id.size() * 2, '\0');
    write_hex(id, text.data());
    return text;
}

}  // namespace

const Attribute* find_attribute(const AttributeVector& attributes, std::string_view key) {
    const auto found = std::ranges::find(attributes, key, &Attribute::key);
    return found == attributes.end() ? nullptr : &*found;
}

std::string status_of(const SpanRecord& span) {
    // The last two are names of older semantic conventions.
    for (const auto key : {"http.response.status_code", "rpc.response.status_code", "rpc.grpc.status_code", "http.status_code"}) {
        if (const auto* status = find_attribute(span.attributes, key)) return value_text(*status);
    }
    return {};
}

std::string error_of(const SpanRecord& span) {
    if (!span.status_message.empty()) return std::string{span.status_message};
    if (const auto* type = find_attribute(span.attributes, "error.type")) return value_text(*type);
    return std::string{span.name};
}

std::string_view kind_of(const SpanRecord& span) {
    static constexpr std::string_view kNames[] = {"", "internal", "server", "client", "producer", "consumer"};
    const bool known = span.kind > 0 && span.kind < static_cast<int>(std::size(kNames));
    return known ? kNames[span.kind] : kNames[0];
}

std::string_view service_of(const SpanRecord& span) { return span.source == nullptr ? "unknown_service" : span.source->service; }

std::string id_text(const TraceId& id) { return hex_text(id); }
std::string id_text(const SpanId& id) { return hex_text(id); }

}  // namespace tw::console
