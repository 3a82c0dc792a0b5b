#pragma once

#include "kit/base/result.hpp"
#include "kit/redis/reply.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace tw::redis {

/// Cuts the bytes of a connection into answers (RESP2), by hiredis, and bounds how large one may be.
class ReplyReader {
 public:
    explicit ReplyReader(std::size_t reply_bytes_max);
    ReplyReader(ReplyReader&&) noexcept;
    ~ReplyReader();

    void feed(std::span<const char> bytes);
    /// The next answer that is complete; nothing where more bytes are needed. REDIS_PROTOCOL where they make no sense, or one is
    /// too large: the connection is of no use any more.
    Result<std::optional<Reply>> next();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tw::redis
