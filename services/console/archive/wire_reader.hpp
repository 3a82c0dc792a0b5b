#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tw::console {

/// A field of a message in protobuf's wire format (protobuf.dev, "Encoding").
struct WireField {
    static constexpr std::uint32_t kVarint = 0;
    static constexpr std::uint32_t kFixed64 = 1;
    static constexpr std::uint32_t kBytes = 2;
    static constexpr std::uint32_t kFixed32 = 5;

    std::uint32_t number = 0;
    std::uint32_t type = 0;
    /// The value of a number of any width.
    std::uint64_t value = 0;
    /// The value of a text, of bytes or of a nested message.
    std::string_view bytes;
    /// The field as it stands in the message, with its tag.
    std::string_view whole;

    bool is(std::uint32_t wanted, std::uint32_t wanted_type) const { return number == wanted && type == wanted_type; }
};

/// Reads the fields of a message one after the other, and copies nothing. It knows no schema, so
/// the bytes of unknown fields can be kept as they came. Groups, which no message of proto3 has,
/// count as malformed.
class WireReader {
 public:
    explicit WireReader(std::string_view message) : at_{message.data()}, end_{message.data() + message.size()} {}

    /// Reads the next field. Returns false at the end, and when the message is malformed.
    bool next(WireField& field) {
        if (at_ == end_ || malformed_) return false;
        const char* const begin = at_;
        std::uint64_t tag = 0;
        if (!read_varint(tag) || tag >> 3 == 0 || tag >> 3 > kNumberMax) return fail();
        field.number = static_cast<std::uint32_t>(tag >> 3);
        field.type = static_cast<std::uint32_t>(tag & 7);
        if (!read_value(field)) return fail();
        field.whole = {begin, static_cast<std::size_t>(at_ - begin)};
        return true;
    }
    bool malformed() const { return malformed_; }

 private:
    static constexpr std::uint64_t kNumberMax = (1U << 29) - 1;

    bool fail() {
        malformed_ = true;
        return false;
    }

    bool read_value(WireField& field) {
        switch (field.type) {
            case WireField::kVarint:
                return read_varint(field.value);
            case WireField::kFixed64:
                return read_fixed<std::uint64_t>(field.value);
            case WireField::kFixed32:
                return read_fixed<std::uint32_t>(field.value);
            case WireField::kBytes: {
                std::uint64_t size = 0;
                if (!read_varint(size) || size > static_cast<std::uint64_t>(end_ - at_)) return false;
                field.bytes = {at_, static_cast<std::size_t>(size)};
                at_ += size;
                return true;
            }
            default:
                return false;
        }
    }

    template <class Number>
    bool read_fixed(std::uint64_t& value) {
        static_assert(std::endian::native == std::endian::little);
        if (end_ - at_ < static_cast<std::ptrdiff_t>(sizeof(Number))) return false;
        Number number{};
        std::memcpy(&number, at_, sizeof number);
        at_ += sizeof number;
        value = number;
        return true;
    }

    bool read_varint(std::uint64_t& value) {
        // Nearly all numbers have one byte.
        if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]] {
            value = static_cast<std::uint8_t>(*at_++);
            return true;
        }
        return read_long_varint(value);
    }

    bool read_long_varint(std::uint64_t& value) {
        value = 0;
        for (int shift = 0; shift < 70 && at_ != end_; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(*at_++);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }

    const char* at_;
    const char* end_;
    bool malformed_ = false;
};

}  // namespace tw::console
