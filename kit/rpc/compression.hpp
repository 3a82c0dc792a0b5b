#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tw::rpc {

/// How messages are compressed on the wire (grpc/doc/compression.md). Messages within a loop are
/// not compressed.
enum class Compression : std::uint8_t { identity, gzip };

/// The value of `grpc-encoding`.
constexpr std::string_view encoding_name(Compression compression) {
    return compression == Compression::gzip ? "gzip" : "identity";
}

/// The value of `grpc-accept-encoding`: the encodings that our clients and servers can read.
inline constexpr std::string_view kAcceptedEncodings = "identity,gzip";

/// Whether a received `grpc-accept-encoding` lists gzip.
bool lists_gzip(std::string_view accepted);

/// The greatest size of a message in bytes. Protobuf takes no more than 2 GiB.
inline constexpr std::size_t kMessageBytesMost = 0x7fff'ffff;

/// Options for writing one message of a stream.
struct WriteOptions {
    /// Whether the message is compressed, if the call is. Turn it off for a message that is
    /// compressed already, or that holds a secret beside data which others choose.
    bool compress = true;
};

}  // namespace tw::rpc
