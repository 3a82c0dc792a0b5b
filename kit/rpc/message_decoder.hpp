#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tw::rpc {

/// Cuts a stream of bytes into gRPC's length-prefixed messages. Pure. Refuses a message that is too large when its prefix
/// has arrived, so that it need not be gathered first.
class MessageDecoder {
 public:
    explicit MessageDecoder(std::size_t message_bytes_max) : message_bytes_max_{message_bytes_max} {}

    void append(std::string_view bytes);
    /// The next message, nothing when it is not complete yet; valid until the next call. RESOURCE_EXHAUSTED when it is too large;
    /// UNIMPLEMENTED or INTERNAL when it is compressed, depending on whether the sender said how.
    Result<std::optional<std::string_view>> next();
    /// As `next`, without taking anything.
    Result<void> fits() const;
    /// Whether bytes are left over that make no whole message.
    bool partial() const { return buffer_.size() > taken_; }
    /// The sender's `grpc-encoding`, where it is not "identity".
    void set_encoding(std::string_view encoding) { encoded_ = !encoding.empty() && encoding != "identity"; }
    /// Starts anew, and keeps the memory.
    void clear();

 private:
    /// Of the message that starts where the last one ended; nothing while it is incomplete.
    Result<std::optional<std::size_t>> next_size() const;

    std::size_t message_bytes_max_;
    bool encoded_ = false;
    std::string buffer_;
    std::size_t taken_ = 0;
};

}  // namespace tw::rpc
