#include "services/console/archive/otlp_values.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/json_text.hpp"
#include "services/console/archive/stored.hpp"
#include "services/console/archive/wire_reader.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace tw::console {
namespace {

// Fields of AnyValue (opentelemetry/proto/common/v1/common.proto).
constexpr std::uint32_t kStringValue = 1;
constexpr std::uint32_t kBoolValue = 2;
constexpr std::uint32_t kIntValue = 3;
constexpr std::uint32_t kDoubleValue = 4;
constexpr std::uint32_t kArrayValue = 5;
constexpr std::uint32_t kMapValue = 6;
constexpr std::uint32_t kBytesValue = 7;

// As deep as protobuf's own parser goes.
constexpr int kDepthMax = 100;

bool is_ascii(std::string_view text) {
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; left -= 8, at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, at, sizeof eight);
        if ((eight & 0x8080808080808080U) != 0) return false;
    }
    return std::all_of(at, at + left, [](char byte) { return static_cast<std::uint8_t>(byte) < 0x80; });
}

/// Returns the bytes of a field if its tag and its length have one byte each, and if it is at the
/// front of the message.
std::optional<std::string_view> usual_field(std::string_view message, std::uint32_t number) {
    if (message.size() < 2 || static_cast<std::uint8_t>(message[0]) != (number << 3 | WireField::kBytes)) return std::nullopt;
    const auto size = static_cast<std::uint8_t>(message[1]);
    if (size >= 0x80 || size > message.size() - 2) return std::nullopt;
    return message.substr(2, size);
}

struct KeyAndValue {
    std::string_view key;
    std::string_view value;
};

/// A KeyValue as nearly all are written: a short key and then a short value.
std::optional<KeyAndValue> usual_pair(std::string_view key_value) {
    const auto key = usual_field(key_value, 1);
    if (!key) return std::nullopt;
    const auto rest = key_value.substr(2 + key->size());
    const auto value = usual_field(rest, 2);
    if (!value || value->size() + 2 != rest.size()) return std::nullopt;
    return KeyAndValue{*key, *value};
}

/// The text of an AnyValue that is a short text and nothing else.
std::optional<std::string_view> usual_text(std::string_view any_value) {
    const auto text = usual_field(any_value, kStringValue);
    if (!text || text->size() + 2 != any_value.size()) return std::nullopt;
    return text;
}

/// Whether summaries, counts or ids need attributes with this key.
bool is_brief_key(std::string_view key) {
    if (is_ref_key(key)) return true;
    if (key.empty()) return false;
    switch (key[0]) {
        case 'd':
            return key == "db.system.name" || key == "db.namespace" || key == "db.system" || key == "db.name";
        case 'e':
            return key == "error.type";
        case 'h':
            return key == "http.response.status_code" || key == "http.status_code";
        case 'm':
            return key == "messaging.destination.name" || key == "messaging.destination";
        case 'r':
            return key == "rpc.response.status_code" || key == "rpc.grpc.status_code";
        case 's':
            return key == "server.address" || key == "server.port";
        default:
            return false;
    }
}

/// Returns the length of the well-formed character at the front; 0 if there is none.
std::size_t character_length(std::string_view text) {
    for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
        if (is_utf8(text.substr(0, length))) return length;
    }
    return 0;
}

bool append_json(std::string& out, std::string_view any_value, int depth);

/// Appends the elements of an ArrayValue or a KeyValueList, whose only field is number 1.
template <class Append>
bool append_elements(std::string& out, std::string_view list, Append append) {
    WireReader reader{list};
    WireField field;
    bool first = true;
    while (reader.next(field)) {
        if (!field.is(1, WireField::kBytes)) continue;
        if (!first) out += ',';
        first = false;
        if (!append(field.bytes)) return false;
    }
    return !reader.malformed();
}

bool append_json_pair(std::string& out, std::string_view key_value, int depth) {
    std::string_view key;
    std::string_view value;
    WireReader reader{key_value};
    WireField field;
    while (reader.next(field)) {
        if (field.is(1, WireField::kBytes)) key = field.bytes;
        if (field.is(2, WireField::kBytes)) value = field.bytes;
    }
    append_json_string(out, key);
    out += ':';
    return !reader.malformed() && append_json(out, value, depth);
}

bool append_json_list(std::string& out, const WireField& field, int depth) {
    const bool map = field.number == kMapValue;
    out += map ? '{' : '[';
    const bool good = append_elements(out, field.bytes, [&](std::string_view element) {
        return map ? append_json_pair(out, element, depth + 1) : append_json(out, element, depth + 1);
    });
    out += map ? '}' : ']';
    return good;
}

bool append_json(std::string& out, std::string_view any_value, int depth) {
    if (depth > kDepthMax) return false;
    WireReader reader{any_value};
    WireField field;
    WireField last;
    while (reader.next(field)) last = field;
    if (reader.malformed()) return false;
    switch (last.number) {
        case kStringValue:
            append_json_string(out, last.bytes);
            return true;
        case kBytesValue:
            append_json_string(out, base64_encode(last.bytes));
            return true;
        case kBoolValue:
            out += last.value != 0 ? "true" : "false";
            return true;
        case kIntValue:
            out += std::to_string(static_cast<std::int64_t>(last.value));
            return true;
        case kDoubleValue:
            append_json_number(out, std::bit_cast<double>(last.value));
            return true;
        case kArrayValue:
        case kMapValue:
            return append_json_list(out, last, depth);
        default:
            out += "null";
            return true;
    }
}

}  // namespace

std::string_view utf8_text(std::string_view text, Texts& texts) {
    if (is_ascii(text) || is_utf8(text)) return text;
    std::string good;
    while (!text.empty()) {
        const auto length = character_length(text);
        good += length == 0 ? std::string_view{"\xef\xbf\xbd"} : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return texts.keep(std::move(good));
}

bool read_attribute(std::string_view key_value, Texts& texts, AttributeVector& attributes) {
    auto& attribute = attributes.emplace_back();
    attribute.value = std::string_view{};
    if (const auto pair = usual_pair(key_value)) {
        attribute.key = utf8_text(pair->key, texts);
        return read_any_value(pair->value, texts, attribute);
    }
    WireReader reader{key_value};
    WireField field;
    while (reader.next(field)) {
        if (field.is(1, WireField::kBytes)) attribute.key = utf8_text(field.bytes, texts);
        if (field.is(2, WireField::kBytes) && !read_any_value(field.bytes, texts, attribute)) return false;
    }
    return !reader.malformed();
}

bool read_brief_attribute(std::string_view key_value, Texts& texts, AttributeVector& attributes) {
    const auto pair = usual_pair(key_value);
    // A text is well-formed whatever it says.
    if (pair && !is_brief_key(pair->key) && usual_text(pair->value)) return true;
    if (!read_attribute(key_value, texts, attributes)) return false;
    if (!is_brief_key(attributes.back().key)) attributes.pop_back();
    return true;
}

bool read_any_value(std::string_view any_value, Texts& texts, Attribute& attribute) {
    attribute.value = std::string_view{};
    attribute.type = ValueType::string;
    if (const auto text = usual_text(any_value)) {
        attribute.value = utf8_text(*text, texts);
        return true;
    }
    WireReader reader{any_value};
    WireField field;
    while (reader.next(field)) {
        if (field.is(kStringValue, WireField::kBytes)) {
            attribute.value = utf8_text(field.bytes, texts);
            attribute.type = ValueType::string;
        } else if (field.is(kBoolValue, WireField::kVarint)) {
            attribute.value = field.value != 0;
            attribute.type = ValueType::boolean;
        } else if (field.is(kIntValue, WireField::kVarint)) {
            attribute.value = static_cast<std::int64_t>(field.value);
            attribute.type = ValueType::integer;
        } else if (field.is(kDoubleValue, WireField::kFixed64)) {
            attribute.value = std::bit_cast<double>(field.value);
            attribute.type = ValueType::number;
        } else if (field.is(kBytesValue, WireField::kBytes)) {
            attribute.value = texts.keep(base64_encode(field.bytes));
            attribute.type = ValueType::bytes;
        } else if (field.is(kArrayValue, WireField::kBytes) || field.is(kMapValue, WireField::kBytes)) {
            std::string json;
            if (!append_json_list(json, field, 0)) return false;
            attribute.value = texts.keep(std::move(json));
            attribute.type = field.number == kMapValue ? ValueType::map : ValueType::array;
        }
    }
    return !reader.malformed();
}

std::string_view attribute_text(const Attribute& attribute, Texts& texts) {
    if (const auto* text = std::get_if<std::string_view>(&attribute.value)) return *text;
    if (const auto* flag = std::get_if<bool>(&attribute.value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&attribute.value)) return texts.keep(std::to_string(*number));
    std::string digits;
    append_json_number(digits, std::get<double>(attribute.value));
    return texts.keep(std::move(digits));
}

}  // namespace tw::console
