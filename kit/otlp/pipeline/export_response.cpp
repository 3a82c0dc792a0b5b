#include "kit/otlp/pipeline/export_response.hpp"

#include "kit/base/encoding.hpp"

namespace tw::otlp {
namespace {

constexpr std::uint32_t kPartialSuccess = 1;
constexpr std::uint32_t kRejected = 1;
constexpr std::uint32_t kErrorMessage = 2;
constexpr std::uint32_t kStatusMessage = 2;

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<std::uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
}

bool skip(std::string_view& bytes, std::size_t count) {
    if (bytes.size() < count) return false;
    bytes.remove_prefix(count);
    return true;
}

}  // namespace

std::optional<ProtobufField> take_field(std::string_view& message) {
    auto rest = message;
    const auto tag = take_varint(rest);
    if (!tag || (*tag >> 3) == 0 || (*tag >> 3) > 0x1FFF'FFFF) return std::nullopt;
    ProtobufField result{.field = static_cast<std::uint32_t>(*tag >> 3)};
    switch (*tag & 7) {
        case 0: {
            const auto number = take_varint(rest);
            if (!number) return std::nullopt;
            result.number = *number;
            break;
        }
        case 1:
            if (!skip(rest, 8)) return std::nullopt;
            break;
        case 2: {
            const auto size = take_varint(rest);
            if (!size || *size > rest.size()) return std::nullopt;
            result.bytes = rest.substr(0, *size);
            rest.remove_prefix(*size);
            break;
        }
        case 5:
            if (!skip(rest, 4)) return std::nullopt;
            break;
        default:
            return std::nullopt;
    }
    message = rest;
    return result;
}

std::optional<SendOutcome> decode_export_response(std::string_view response) {
    SendOutcome outcome;
    while (const auto field = take_field(response)) {
        if (field->field != kPartialSuccess) continue;
        auto partial = field->bytes;
        while (const auto inner = take_field(partial)) {
            if (inner->field == kRejected) outcome.rejected = inner->number;
            if (inner->field == kErrorMessage) outcome.message = inner->bytes;
        }
        if (!partial.empty()) return std::nullopt;
    }
    if (!response.empty()) return std::nullopt;
    return outcome;
}

std::string_view decode_status_message(std::string_view body) {
    std::string_view message;
    while (const auto field = take_field(body)) {
        if (field->field == kStatusMessage) message = field->bytes;
    }
    // A message that was read by chance out of other data would be binary.
    return body.empty() && is_utf8(message) ? message : std::string_view{};
}

}  // namespace tw::otlp
