#include "kit/telemetry/resource.hpp"

#include "kit/telemetry/otlp/otlp_attributes.hpp"
#include "kit/telemetry/otlp/protobuf_writer.hpp"

#include <algorithm>
#include <limits>

namespace tw::telemetry {
namespace {

// Field numbers of opentelemetry/proto/collector/*/v1 and opentelemetry/proto/*/v1. They are the
// same for the three signals.
constexpr std::uint32_t kRequestResources = 1;
constexpr std::uint32_t kResource = 1;
constexpr std::uint32_t kResourceScopes = 2;
constexpr std::uint32_t kScope = 1;
constexpr std::uint32_t kResourceAttributes = 1;
constexpr std::uint32_t kScopeName = 1;
constexpr std::uint32_t kScopeVersion = 2;

}  // namespace

void Resource::set(std::string_view key, MetricValue value) {
    const auto at =
        std::ranges::lower_bound(attributes_, key, {}, [](const auto& entry) { return std::string_view{entry.first}; });
    if (at != attributes_.end() && at->first == key) {
        at->second = std::move(value);
    } else {
        attributes_.emplace(at, key, std::move(value));
    }
}

std::string_view Resource::text(std::string_view key) const {
    for (const auto& [name, value] : attributes_) {
        if (name == key && std::holds_alternative<std::string>(value)) return std::get<std::string>(value);
    }
    return {};
}

void append_export_request(std::string& request, const Resource& resource, std::string_view scope_name,
                           std::string_view scope_version, std::span<const std::string_view> records) {
    std::string attributes;
    for (const auto& [key, value] : resource.attributes()) {
        const auto attribute = std::visit([](const auto& held) { return AttributeValue{held}; }, value);
        append_key_value(attributes, kResourceAttributes, {key, attribute}, std::numeric_limits<std::size_t>::max());
    }
    const auto scope = ProtobufMessage{}.bytes_field(kScopeName, scope_name).bytes_field(kScopeVersion, scope_version).take();

    // Sizes are computed first, so that the records, which are most of the data, are copied once.
    std::size_t records_size = 0;
    for (const auto piece : records) records_size += piece.size();
    const auto scope_size = ProtobufWriter::field_size(kScope, scope.size()) + records_size;
    const auto resource_size =
        ProtobufWriter::field_size(kResource, attributes.size()) + ProtobufWriter::field_size(kResourceScopes, scope_size);
    ProtobufWriter::append(request, ProtobufWriter::field_size(kRequestResources, resource_size), [&](ProtobufWriter& writer) {
        writer.header(kRequestResources, resource_size);
        writer.bytes_field(kResource, attributes);
        writer.header(kResourceScopes, scope_size);
        writer.bytes_field(kScope, scope);
        for (const auto piece : records) writer.raw(piece.data(), piece.size());
    });
}

}  // namespace tw::telemetry
