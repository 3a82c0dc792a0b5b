#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace tw::telemetry {

/// Writes fields of the protobuf wire format (protobuf.dev, "Encoding"). It knows no schema: the
/// caller passes field numbers and nests messages by size. It writes to memory that is large
/// enough. Sizes are computed first, so that space is checked once for a message and not for each
/// field.
class ProtobufWriter {
 public:
    explicit ProtobufWriter(char* at) : at_{at} {}

    /// Appends `size` bytes to `out`, which `write(ProtobufWriter&)` writes. It must write exactly
    /// that many.
    template <class Write>
    static void append(std::string& out, std::size_t size, Write&& write) {
        const auto before = out.size();
        // The capacity is doubled here, since resize_and_overwrite would grow it only to the
        // requested size.
        if (out.capacity() < before + size) out.reserve(std::max(before + size, out.capacity() * 2));
        out.resize_and_overwrite(before + size, [&](char* text, std::size_t whole) {
            ProtobufWriter writer{text + before};
            write(writer);
            return whole;
        });
    }

    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            *at_++ = static_cast<char>(value | 0x80);
            value >>= 7;
        }
        *at_++ = static_cast<char>(value);
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
        raw(bytes.data(), bytes.size());
    }
    /// Writes bytes that are encoded fields already.
    void raw(const void* bytes, std::size_t size) {
        copy(at_, static_cast<const char*>(bytes), size);
        at_ += size;
    }
    /// Writes the header of a nested message of `size` bytes, which must follow.
    void header(std::uint32_t field, std::size_t size) {
        tag(field, kLengthDelimited);
        varint(size);
    }

    static constexpr std::size_t varint_size(std::uint64_t value) {
        if (value < 0x80) return 1;
        return (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
    }
    static constexpr std::size_t uint_size(std::uint32_t field, std::uint64_t value) {
        return varint_size(std::uint64_t{field} << 3) + varint_size(value);
    }
    static constexpr std::size_t fixed64_size(std::uint32_t field) { return varint_size(std::uint64_t{field} << 3) + 8; }
    static constexpr std::size_t fixed32_size(std::uint32_t field) { return varint_size(std::uint64_t{field} << 3) + 4; }
    /// The size of a length-delimited field with `size` bytes in it.
    static constexpr std::size_t field_size(std::uint32_t field, std::size_t size) {
        return varint_size(std::uint64_t{field} << 3) + varint_size(size) + size;
    }

 private:
    enum Wire : std::uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };
    static_assert(std::endian::native == std::endian::little, "fixed-width fields are written as they lie in memory");

    void tag(std::uint32_t field, Wire wire) { varint(field << 3 | wire); }

    /// Copies bytes. Keys and values are usually short, and a call of memcpy costs more than the
    /// copy. Two words that may overlap are enough for them.
    static void copy(char* to, const char* from, std::size_t size) {
        if (size > 32) {
            std::memcpy(to, from, size);
        } else if (size >= 16) {
            copy_ends<16>(to, from, size);
        } else if (size >= 8) {
            copy_ends<8>(to, from, size);
        } else if (size >= 4) {
            copy_ends<4>(to, from, size);
        } else {
            for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
        }
    }
    template <std::size_t N>
    static void copy_ends(char* to, const char* from, std::size_t size) {
        std::memcpy(to, from, N);
        std::memcpy(to + size - N, from + size - N, N);
    }

    char* at_;
};

/// A message that grows field by field, for code where speed does not matter and sizes are not
/// known beforehand.
class ProtobufMessage {
 public:
    ProtobufMessage& uint_field(std::uint32_t field, std::uint64_t value) {
        return put(ProtobufWriter::uint_size(field, value), [&](ProtobufWriter& w) { w.uint_field(field, value); });
    }
    ProtobufMessage& fixed64_field(std::uint32_t field, std::uint64_t value) {
        return put(ProtobufWriter::fixed64_size(field), [&](ProtobufWriter& w) { w.fixed64_field(field, value); });
    }
    ProtobufMessage& fixed32_field(std::uint32_t field, std::uint32_t value) {
        return put(ProtobufWriter::fixed32_size(field), [&](ProtobufWriter& w) { w.fixed32_field(field, value); });
    }
    ProtobufMessage& double_field(std::uint32_t field, double value) {
        return put(ProtobufWriter::fixed64_size(field), [&](ProtobufWriter& w) { w.double_field(field, value); });
    }
    ProtobufMessage& bytes_field(std::uint32_t field, std::string_view bytes) {
        return put(ProtobufWriter::field_size(field, bytes.size()), [&](ProtobufWriter& w) { w.bytes_field(field, bytes); });
    }
    /// Appends bytes that are encoded fields already.
    ProtobufMessage& fields(std::string_view encoded) {
        bytes_ += encoded;
        return *this;
    }

    const std::string& bytes() const { return bytes_; }
    std::string take() { return std::move(bytes_); }

 private:
    template <class Write>
    ProtobufMessage& put(std::size_t size, Write&& write) {
        ProtobufWriter::append(bytes_, size, std::forward<Write>(write));
        return *this;
    }
    std::string bytes_;
};

}  // namespace tw::telemetry
