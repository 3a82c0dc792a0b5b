#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::rpc {

/// Splits a stream of bytes into gRPC's length-prefixed messages. Does no I/O. A message that is
/// too large is refused as soon as its prefix has arrived, so that it is not gathered first. The
/// limit also applies to the size of a message after decompression.
class MessageDecoder {
 public:
    /// `message_bytes_max` is the greatest size of a message. `unreadable` is the code for messages
    /// with an encoding that cannot be read: UNIMPLEMENTED for a server, INTERNAL for a client
    /// (grpc/doc/compression.md).
    explicit MessageDecoder(std::size_t message_bytes_max, Code unreadable = Code::unimplemented)
        : message_bytes_max_{message_bytes_max}, unreadable_{unreadable} {}

    void append(std::string_view bytes);
    /// Returns the next message, valid until the next call of `next`, `append` or `clear`. Returns
    /// nothing if the message is not complete yet. Fails with RESOURCE_EXHAUSTED if the message is
    /// too large, and with the code `unreadable` if its encoding is unknown. Fails with INTERNAL if
    /// the message is flagged as compressed but no encoding was set, if its flag is unknown, or if
    /// the compressed data is damaged.
    Result<std::optional<std::string_view>> next();
    /// Whether bytes follow the next message. Fails as `next` does, and takes nothing.
    Result<bool> more_than_one() const;
    /// Whether bytes are left that `next` has not taken. After `next` has returned nothing, they
    /// are a part of a message.
    bool partial() const { return buffer_.size() > taken_; }
    /// Sets the sender's `grpc-encoding`.
    void set_encoding(std::string_view encoding);
    /// Whether the message that `next` returned last was compressed.
    bool compressed() const { return compressed_; }
    /// The size on the wire, with its prefix, of the message that `next` returned last.
    std::size_t wire_bytes() const { return wire_bytes_; }
    /// Prepares the decoder for another stream. Keeps buffers of ordinary size.
    void clear();

 private:
    /// The size of the message that starts where the last one ended. Nothing while its prefix is
    /// incomplete.
    Result<std::optional<std::size_t>> next_size() const;

    enum class Encoding : std::uint8_t { none, gzip, unknown };
    Result<std::optional<std::string_view>> decompress(std::string_view compressed);

    std::size_t message_bytes_max_;
    Code unreadable_;
    Encoding encoding_ = Encoding::none;
    bool compressed_ = false;
    std::size_t wire_bytes_ = 0;
    std::string decompressed_;
    std::string buffer_;
    std::size_t taken_ = 0;
};

}  // namespace tw::rpc
