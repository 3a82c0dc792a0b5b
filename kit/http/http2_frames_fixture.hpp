#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

/// Functions for HTTP/2 frame by frame, for peers in tests that do what no correct peer does.
namespace tw::http::test {

/// The preface of a client: "PRI * HTTP/2.0" and what follows (RFC 9113 §3.4).
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class FrameType : std::uint8_t {
    data = 0,
    headers = 1,
    reset = 3,
    settings = 4,
    push_promise = 5,
    ping = 6,
    goaway = 7,
    window_update = 8,
    continuation = 9
};
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

/// Returns a number in network byte order.
inline std::string big_endian(std::uint32_t number, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(number >> shift);
    return text;
}

/// Returns a frame (RFC 9113 §4.1).
inline std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    auto bytes = big_endian(static_cast<std::uint32_t>(payload.size()), 3);
    bytes.append({static_cast<char>(type), static_cast<char>(flags)}).append(big_endian(stream, 4));
    return bytes.append(payload);
}

inline std::string settings(std::vector<std::pair<std::uint16_t, std::uint32_t>> values = {}) {
    std::string payload;
    for (const auto& [id, value] : values) payload += big_endian(id, 2) + big_endian(value, 4);
    return frame(FrameType::settings, 0, 0, payload);
}
inline constexpr std::uint16_t kStreamsMax = 3;
inline constexpr std::uint16_t kInitialWindow = 4;

/// Returns a field as a literal that is not added to the table (RFC 7541 §6.2.2). Neither part is
/// longer than 16 KiB.
inline std::string field(std::string_view name, std::string_view value) {
    const auto text = [](std::string_view part) {
        constexpr std::size_t kPrefixMax = 127;
        if (part.size() < kPrefixMax) return std::string(1, static_cast<char>(part.size())).append(part);
        const auto rest = part.size() - kPrefixMax;
        return std::string{static_cast<char>(kPrefixMax), static_cast<char>(0x80 | (rest & 0x7f)), static_cast<char>(rest >> 7)}
            .append(part);
    };
    return std::string(1, '\0') + text(name) + text(value);
}
/// ":status: 200", by the static table.
inline constexpr std::string_view kStatus200 = "\x88";

inline std::string headers(std::uint32_t stream, std::string_view block, bool end = false) {
    return frame(FrameType::headers, kEndHeaders | (end ? kEndStream : 0), stream, block);
}
/// Returns a whole answer.
inline std::string answer(std::uint32_t stream, std::string_view body = "ok") {
    return headers(stream, kStatus200) + frame(FrameType::data, kEndStream, stream, body);
}
inline std::string reset(std::uint32_t stream, std::uint32_t code) {
    return frame(FrameType::reset, 0, stream, big_endian(code, 4));
}
inline std::string goaway(std::uint32_t last_stream, std::uint32_t code = 0) {
    return frame(FrameType::goaway, 0, 0, big_endian(last_stream, 4) + big_endian(code, 4));
}

struct Frame {
    FrameType type;
    std::uint8_t flags;
    std::uint32_t stream;
    std::string payload;
    /// The fields of headers, as "name: value" lines.
    std::string fields;
};

/// Decompresses the headers of one connection (RFC 7541).
class FieldReader {
 public:
    FieldReader() { nghttp2_hd_inflate_new(&inflater_); }
    ~FieldReader() { nghttp2_hd_inflate_del(inflater_); }
    FieldReader(const FieldReader&) = delete;
    FieldReader& operator=(const FieldReader&) = delete;

    std::string read(std::string_view block) {
        std::string lines;
        int flags = 0;
        while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
            nghttp2_nv pair{};
            flags = 0;
            const auto taken = nghttp2_hd_inflate_hd2(inflater_, &pair, &flags,
                                                      reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), 1);
            if (taken < 0) return "(broken)";
            block.remove_prefix(static_cast<std::size_t>(taken));
            if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) continue;
            const auto text = [](const std::uint8_t* bytes, std::size_t size) {
                return std::string{reinterpret_cast<const char*>(bytes), size};
            };
            lines += text(pair.name, pair.namelen) + ": " + text(pair.value, pair.valuelen) + "\n";
        }
        nghttp2_hd_inflate_end_headers(inflater_);
        return lines;
    }

 private:
    nghttp2_hd_inflater* inflater_ = nullptr;
};

/// Takes the first frame off the front of `bytes`, or returns nothing if it is incomplete.
inline std::optional<Frame> take(std::string& bytes) {
    constexpr std::size_t kHeadBytes = 9;
    if (bytes.size() < kHeadBytes) return std::nullopt;
    const auto at = [&bytes](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
    const auto length = at(0) << 16 | at(1) << 8 | at(2);
    if (bytes.size() < kHeadBytes + length) return std::nullopt;
    Frame one{static_cast<FrameType>(at(3)),
              static_cast<std::uint8_t>(at(4)),
              (at(5) & 0x7f) << 24 | at(6) << 16 | at(7) << 8 | at(8),
              bytes.substr(kHeadBytes, length),
              {}};
    bytes.erase(0, kHeadBytes + length);
    return one;
}

}  // namespace tw::http::test
