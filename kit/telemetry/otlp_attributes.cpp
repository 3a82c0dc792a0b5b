#include "kit/telemetry/otlp_attributes.hpp"

#include "kit/telemetry/protobuf_writer.hpp"

#include <cstring>

namespace tw::telemetry {
namespace {

// opentelemetry/proto/common/v1/common.proto
constexpr std::uint32_t kKeyValueKey = 1;
constexpr std::uint32_t kKeyValueValue = 2;
constexpr std::uint32_t kAnyString = 1;
constexpr std::uint32_t kAnyBool = 2;
constexpr std::uint32_t kAnyInt = 3;
constexpr std::uint32_t kAnyDouble = 4;

/// Not more than `bytes_max` bytes, without half a character at the end.
std::string_view cut(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    auto end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

std::size_t any_value_size(const AttributeValue& value, std::size_t bytes_max) {
    struct Size {
        std::size_t bytes_max;
        std::size_t operator()(std::string_view text) const {
            return ProtobufWriter::field_size(kAnyString, cut(text, bytes_max).size());
        }
        std::size_t operator()(bool) const { return 2; }
        std::size_t operator()(std::int64_t number) const {
            return 1 + ProtobufWriter::varint_size(static_cast<std::uint64_t>(number));
        }
        std::size_t operator()(double) const { return 9; }
    };
    return std::visit(Size{bytes_max}, value.get());
}

void append_any_value(ProtobufWriter& writer, const AttributeValue& value, std::size_t bytes_max) {
    struct Append {
        ProtobufWriter& writer;
        std::size_t bytes_max;
        void operator()(std::string_view text) const { writer.bytes_field(kAnyString, cut(text, bytes_max)); }
        void operator()(bool flag) const { writer.uint_field(kAnyBool, flag ? 1 : 0); }
        void operator()(std::int64_t number) const { writer.uint_field(kAnyInt, static_cast<std::uint64_t>(number)); }
        void operator()(double number) const { writer.double_field(kAnyDouble, number); }
    };
    std::visit(Append{writer, bytes_max}, value.get());
}

std::uint32_t fingerprint_of(std::string_view key) {
    // Keys share their beginnings ("http.request.…"), so their ends tell them apart.
    std::uint32_t tail = 0;
    const auto size = key.size() < sizeof tail ? key.size() : sizeof tail;
    std::memcpy(&tail, key.data() + key.size() - size, size);
    return tail;
}

}  // namespace

void append_key_value(std::string& out, std::uint32_t field, const Attribute& attribute, std::size_t value_bytes_max) {
    const auto value_size = any_value_size(attribute.value, value_bytes_max);
    const auto size =
        ProtobufWriter::field_size(kKeyValueKey, attribute.key.size()) + ProtobufWriter::field_size(kKeyValueValue, value_size);
    ProtobufWriter::append(out, ProtobufWriter::field_size(field, size), [&](ProtobufWriter& writer) {
        writer.header(field, size);
        writer.bytes_field(kKeyValueKey, attribute.key);
        writer.header(kKeyValueValue, value_size);
        append_any_value(writer, attribute.value, value_bytes_max);
    });
}

std::string_view OtlpAttributes::key_at(const Place& place) const {
    // Field header, then the key's header; both lengths are varints of one byte or more.
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
    const auto moved = static_cast<std::uint32_t>(bytes_.size()) - place.end;  // modulo 2^32, so it may shrink too
    bytes_ += rest;
    places_[index].end += moved;
    for (auto i = index + 1; i < places_.size(); ++i) {
        places_[i].begin += moved;
        places_[i].end += moved;
    }
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
