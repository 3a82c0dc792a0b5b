#pragma once

#include "kit/base/result.hpp"
#include "kit/redis/reply.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace tw::redis {

/// Splits the bytes of a connection into answers (RESP2), by hiredis. It bounds how large an answer
/// may be.
class ReplyReader {
 public:
    explicit ReplyReader(std::size_t reply_bytes_max);
    ReplyReader(ReplyReader&&) noexcept;
    ~ReplyReader();

    void feed(std::span<const char> bytes);
    /// Returns the next complete answer, or nothing if more bytes are needed. Fails with
    /// REDIS_PROTOCOL if the bytes are malformed or an answer is too large. The connection cannot
    /// be used any more then.
    Result<std::optional<Reply>> next();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tw::redis
