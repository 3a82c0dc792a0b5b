#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// Appends fields of the protobuf wire format (protobuf.dev, "Encoding") to a string that somebody else keeps and reuses.
/// Knows no schema: whoever calls names field numbers and nests messages by size.
class ProtobufWriter {
 public:
    explicit ProtobufWriter(std::string& out) : out_{out} {}

    void varint(std::uint64_t value) {
        char bytes[10];
        std::size_t size = 0;
        while (value >= 0x80) {
            bytes[size++] = static_cast<char>(value | 0x80);
            value >>= 7;
        }
        bytes[size++] = static_cast<char>(value);
        out_.append(bytes, size);
    }
    void uint_field(std::uint32_t field, std::uint64_t value) {
        tag(field, kVarint);
        varint(value);
    }
    void fixed64_field(std::uint32_t field, std::uint64_t value) {
        tag(field, kFixed64);
        raw(&value, sizeof value);
    }
    void fixed32_field(std::uint32_t field, std::uint32_t value) {
        tag(field, kFixed32);
        raw(&value, sizeof value);
    }
    void double_field(std::uint32_t field, double value) { fixed64_field(field, std::bit_cast<std::uint64_t>(value)); }
    void bytes_field(std::uint32_t field, std::string_view bytes) {
        header(field, bytes.size());
        out_.append(bytes);
    }
    /// The start of a nested message of `size` bytes, which follow.
    void header(std::uint32_t field, std::size_t size) {
        tag(field, kLengthDelimited);
        varint(size);
    }

    static constexpr std::size_t varint_size(std::uint64_t value) {
        return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
    }
    /// Of a length-delimited field with `size` bytes in it.
    static constexpr std::size_t field_size(std::uint32_t field, std::size_t size) {
        return varint_size(std::uint64_t{field} << 3) + varint_size(size) + size;
    }

 private:
    enum Wire : std::uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };
    static_assert(std::endian::native == std::endian::little, "fixed-width fields are written as they lie in memory");

    void tag(std::uint32_t field, Wire wire) { varint(field << 3 | wire); }
    void raw(const void* bytes, std::size_t size) { out_.append(static_cast<const char*>(bytes), size); }

    std::string& out_;
};

}  // namespace tw::telemetry
