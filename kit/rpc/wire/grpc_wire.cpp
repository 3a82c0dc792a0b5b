#include "kit/rpc/wire/grpc_wire.hpp"

#include "kit/base/gzip.hpp"
#include "kit/rpc/reasons.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

struct Unit {
    char name;
    std::chrono::nanoseconds length;
};

using namespace std::chrono_literals;
// The units go from the finest to the coarsest. The first one that fits eight digits is the most
// precise.
constexpr std::array<Unit, 6> kUnits{{{'n', 1ns}, {'u', 1us}, {'m', 1ms}, {'S', 1s}, {'M', 60s}, {'H', 3600s}}};
constexpr std::size_t kDigitsMax = 8;
constexpr std::int64_t kNumberMax = 99'999'999;

constexpr char kHexDigits[] = "0123456789ABCDEF";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

bool is_grpc_content_type(std::string_view content_type) {
    constexpr std::string_view kGrpc = "application/grpc";
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
    if (!std::ranges::equal(content_type.substr(0, kGrpc.size()), kGrpc, same)) return false;
    auto rest = content_type.substr(kGrpc.size());
    if (rest.starts_with('+')) return true;
    while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
    return rest.empty() || rest.starts_with(';');
}

std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text) {
    if (text.size() < 2 || text.size() > kDigitsMax + 1) return std::nullopt;
    // The number is unsigned, so that a sign is refused.
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size() - 1;
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    const auto count = static_cast<std::int64_t>(number);
    for (const auto& unit : kUnits) {
        if (unit.name != text.back()) continue;
        // Eight digits of hours may be more nanoseconds than the type can hold.
        if (count > std::chrono::nanoseconds::max() / unit.length) return std::chrono::nanoseconds::max();
        return count * unit.length;
    }
    return std::nullopt;
}

std::string format_timeout(std::chrono::nanoseconds timeout) {
    if (timeout < 1ns) timeout = 1ns;
    for (const auto& unit : kUnits) {
        const auto number = timeout / unit.length;
        if (number <= kNumberMax) return std::to_string(number) + unit.name;
    }
    return std::to_string(kNumberMax) + 'H';
}

std::string encode_status_message(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c >= ' ' && c <= '~' && c != '%') {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', kHexDigits[byte >> 4], kHexDigits[byte & 0xf]});
        }
    }
    return out;
}

std::string decode_status_message(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0) {
            out.push_back(text[i]);
        } else {
            out.push_back(static_cast<char>(high << 4 | low));
            i += 2;
        }
    }
    return out;
}

void write_prefix(std::size_t bytes, char* out) {
    out[0] = 0;
    for (int i = 0; i < 4; ++i) out[1 + i] = static_cast<char>(bytes >> (24 - 8 * i));
}

namespace {

/// `bytes` must be what message.ByteSizeLong() returned immediately before.
void append_sized(const Message& message, std::size_t bytes, std::string& out) {
    const auto start = out.size();
    out.resize(start + kPrefixBytes + bytes);
    write_prefix(bytes, out.data() + start);
    message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + start + kPrefixBytes));
}

void append_compressed(std::string_view serialised, std::string& out) {
    const auto start = out.size();
    append_message(gzip(serialised), out);
    out[start] = 1;
}

}  // namespace

Error unsendable(std::size_t bytes, std::size_t bytes_max) {
    return Error{
        Code::resource_exhausted, reason::kMessageTooLarge,
        "A message of " + std::to_string(bytes) + " bytes is not sent: the limit is " + std::to_string(bytes_max) + " bytes."}
        .with_retryable(false);
}

void append_message(const Message& message, std::string& out) { append_sized(message, message.ByteSizeLong(), out); }

Result<void> append_message(const Message& message, Compression compression, std::size_t bytes_max, std::string& out) {
    const auto bytes = message.ByteSizeLong();
    if (bytes > bytes_max) return unsendable(bytes, bytes_max);
    if (compression == Compression::gzip) {
        append_compressed(message.SerializeAsString(), out);
    } else {
        append_sized(message, bytes, out);
    }
    return {};
}

Result<void> append_message(std::string_view serialised, Compression compression, std::size_t bytes_max, std::string& out) {
    if (serialised.size() > bytes_max) return unsendable(serialised.size(), bytes_max);
    if (compression == Compression::gzip) {
        append_compressed(serialised, out);
    } else {
        append_message(serialised, out);
    }
    return {};
}

void append_message(std::string_view serialised, std::string& out) {
    const auto start = out.size();
    out.reserve(start + kPrefixBytes + serialised.size());
    out.resize(start + kPrefixBytes);
    write_prefix(serialised.size(), out.data() + start);
    out += serialised;
}

Code code_from_http_status(int status) {
    switch (status) {
        case 400:
            return Code::internal;
        case 401:
            return Code::unauthenticated;
        case 403:
            return Code::permission_denied;
        case 404:
            return Code::unimplemented;
        case 429:
        case 502:
        case 503:
        case 504:
            return Code::unavailable;
        default:
            return Code::unknown;
    }
}

Code code_from_h2(net::H2Code code) {
    switch (code) {
        case net::H2Code::refused_stream:
        case net::H2Code::connection_lost:
            return Code::unavailable;
        case net::H2Code::cancel:
            return Code::cancelled;
        case net::H2Code::enhance_your_calm:
            return Code::resource_exhausted;
        case net::H2Code::inadequate_security:
            return Code::permission_denied;
        default:
            return Code::internal;
    }
}

}  // namespace tw::rpc
