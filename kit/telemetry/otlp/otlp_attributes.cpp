#include "kit/telemetry/otlp/otlp_attributes.hpp"

#include "kit/telemetry/otlp/otlp_values.hpp"
#include "kit/telemetry/otlp/protobuf_writer.hpp"
#include "kit/telemetry/text/utf8_text.hpp"

#include <cstring>

namespace tw::telemetry {
namespace {

using Wire = ProtobufWriter;

// Field numbers of opentelemetry/proto/common/v1/common.proto.
constexpr std::uint32_t kKeyValueKey = 1;
constexpr std::uint32_t kKeyValueValue = 2;
constexpr std::uint32_t kAnyBool = 2;
constexpr std::uint32_t kAnyInt = 3;
constexpr std::uint32_t kAnyDouble = 4;

/// Returns at most `bytes_max` bytes of the text, without half a character at the end.
std::string_view cut_text(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    auto end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

/// Appends a KeyValue whose value has `value_size` bytes and is written by `write_value(Wire&)`.
template <class Write>
void append_entry(std::string& out, std::uint32_t field, std::string_view key, std::size_t value_size, Write&& write_value) {
    const auto size = Wire::field_size(kKeyValueKey, key.size()) + Wire::field_size(kKeyValueValue, value_size);
    Wire::append(out, Wire::field_size(field, size), [&](Wire& writer) {
        writer.header(field, size);
        writer.bytes_field(kKeyValueKey, key);
        writer.header(kKeyValueValue, value_size);
        write_value(writer);
    });
}

void append_text(std::string& out, std::uint32_t field, std::string_view key, std::string_view text) {
    append_entry(out, field, key, Wire::field_size(kAnyString, text.size()),
                 [&](Wire& writer) { writer.bytes_field(kAnyString, text); });
}

std::uint32_t fingerprint_of(std::string_view key) {
    // Keys often share their beginnings ("http.request.…"), so their ends are used to tell them
    // apart.
    std::uint32_t tail = 0;
    if (key.size() >= sizeof tail) {
        std::memcpy(&tail, key.data() + key.size() - sizeof tail, sizeof tail);
    } else {
        for (const char c : key) tail = tail << 8 | static_cast<unsigned char>(c);
    }
    return tail;
}

}  // namespace

void append_key_value(std::string& out, std::uint32_t field, const Attribute& attribute, std::size_t value_bytes_max) {
    const auto& value = attribute.value.get();
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        if (Utf8Text::is_ascii(*text)) [[likely]] {
            append_text(out, field, attribute.key, cut_text(*text, value_bytes_max));
        } else {
            append_text(out, field, attribute.key, cut_text(Utf8Text{*text}.get(), value_bytes_max));
        }
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        const auto number = static_cast<std::uint64_t>(*whole);
        append_entry(out, field, attribute.key, Wire::uint_size(kAnyInt, number),
                     [&](Wire& writer) { writer.uint_field(kAnyInt, number); });
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        append_entry(out, field, attribute.key, Wire::uint_size(kAnyBool, 1),
                     [&](Wire& writer) { writer.uint_field(kAnyBool, *flag ? 1 : 0); });
    } else {
        append_entry(out, field, attribute.key, Wire::fixed64_size(kAnyDouble),
                     [&](Wire& writer) { writer.double_field(kAnyDouble, std::get<double>(value)); });
    }
}

std::string_view OtlpAttributes::key_at(const Place& place) const {
    // The key follows the field's header and the key's header; each of them has two varints.
    const auto* byte = reinterpret_cast<const unsigned char*>(bytes_.data()) + place.begin;
    const auto skip_varint = [&byte] {
        while ((*byte++ & 0x80) != 0) {
        }
    };
    for (int i = 0; i < 4; ++i) skip_varint();
    return {reinterpret_cast<const char*>(byte), place.key_size};
}

void OtlpAttributes::replace(std::size_t index, std::uint32_t field, const Attribute& attribute, std::size_t value_bytes_max) {
    const auto place = places_[index];
    const std::string rest = bytes_.substr(place.end);
    bytes_.resize(place.begin);
    append_key_value(bytes_, field, attribute, value_bytes_max);
    const auto moved = static_cast<std::uint32_t>(bytes_.size()) - place.end;  // modulo 2^32, so a negative difference works too
    bytes_ += rest;
    places_[index].end += moved;
    for (auto i = index + 1; i < places_.size(); ++i) {
        places_[i].begin += moved;
        places_[i].end += moved;
    }
}

bool OtlpAttributes::begin_with(const OtlpAttributes& others, const AttributeLimits& limits) {
    // The length of all values together bounds the length of each.
    if (!places_.empty() || others.places_.size() > limits.count_max || others.bytes_.size() > limits.value_bytes_max)
        return false;
    bytes_.assign(others.bytes_);
    places_.assign(others.places_.begin(), others.places_.end());
    return true;
}

void OtlpAttributes::set(std::uint32_t field, const Attribute& attribute, const AttributeLimits& limits) {
    const auto fingerprint = fingerprint_of(attribute.key);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& place = places_[i];
        if (place.fingerprint != fingerprint || place.key_size != attribute.key.size() || key_at(place) != attribute.key)
            continue;
        return replace(i, field, attribute, limits.value_bytes_max);
    }
    if (places_.size() >= limits.count_max) {
        ++dropped_;
        return;
    }
    const auto begin = static_cast<std::uint32_t>(bytes_.size());
    append_key_value(bytes_, field, attribute, limits.value_bytes_max);
    places_.push_back(
        {begin, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(attribute.key.size()), fingerprint});
}

}  // namespace tw::telemetry
