#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::rpc {

/// Cuts a stream of bytes into gRPC's length-prefixed messages. Pure. Refuses a message that is too large when its prefix
/// has arrived, so that it need not be gathered first; the limit holds for what a packed message stands for too.
class MessageDecoder {
 public:
    /// `unreadable`: the code for messages that are packed in a way that nobody here can read: UNIMPLEMENTED for a server,
    /// INTERNAL for a client (grpc/doc/compression.md).
    explicit MessageDecoder(std::size_t message_bytes_max, Code unreadable = Code::unimplemented)
        : message_bytes_max_{message_bytes_max}, unreadable_{unreadable} {}

    void append(std::string_view bytes);
    /// The next message, nothing when it is not complete yet; valid until the next call. RESOURCE_EXHAUSTED when it is too large;
    /// INTERNAL when it is flagged as packed and nobody said how, when it is flagged otherwise, or what was packed is damaged.
    Result<std::optional<std::string_view>> next();
    /// Whether something lies behind the next message; errors as of `next`, without taking anything.
    Result<bool> more_than_one() const;
    /// Whether bytes are left over that make no whole message.
    bool partial() const { return buffer_.size() > taken_; }
    /// The sender's `grpc-encoding`.
    void set_encoding(std::string_view encoding);
    /// Whether the message that `next` gave last came packed.
    bool compressed() const { return compressed_; }
    /// What it came in, prefix included.
    std::size_t wire_bytes() const { return wire_bytes_; }
    /// Starts anew, and keeps the memory.
    void clear();

 private:
    /// Of the message that starts where the last one ended; nothing while it is incomplete.
    Result<std::optional<std::size_t>> next_size() const;

    enum class Encoding : std::uint8_t { none, gzip, unknown };
    Result<std::optional<std::string_view>> unpack(std::string_view packed);

    std::size_t message_bytes_max_;
    Code unreadable_;
    Encoding encoding_ = Encoding::none;
    bool compressed_ = false;
    std::size_t wire_bytes_ = 0;
    std::string unpacked_;
    std::string buffer_;
    std::size_t taken_ = 0;
};

}  // namespace tw::rpc
