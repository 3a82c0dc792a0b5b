#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tw::rpc {

/// How messages are packed on the wire (grpc/doc/compression.md). Within a loop nothing is.
enum class Compression : std::uint8_t { identity, gzip };

/// What stands in `grpc-encoding`.
constexpr std::string_view encoding_name(Compression compression) {
    return compression == Compression::gzip ? "gzip" : "identity";
}

/// `grpc-accept-encoding`: what both sides here can read.
inline constexpr std::string_view kAcceptedEncodings = "identity,gzip";

/// Whether a `grpc-accept-encoding` that came lists gzip.
bool lists_gzip(std::string_view accepted);

/// No message is larger: protobuf takes no more than 2 GiB.
inline constexpr std::size_t kMessageBytesMost = 0x7fff'ffff;

/// Of one message of a stream.
struct WriteOptions {
    /// Packed, where the call is: a message that is packed already, or is a secret beside what others choose, need not be.
    bool compress = true;
};

}  // namespace tw::rpc
