#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct redisReply;

namespace tw::redis {

/// An answer of the server, or an element of one. Asking for what it is not gives nothing ("" or 0), so that no answer,
/// however strange, needs to be looked at twice. Refers to a Reply.
class ReplyView {
 public:
    enum class Kind : std::uint8_t { nil, text, integer, array, error };

    ReplyView() = default;
    explicit ReplyView(const redisReply* reply) : reply_{reply} {}

    Kind kind() const;
    bool is_nil() const { return kind() == Kind::nil; }
    /// Of a bulk string, a status ("OK") or an error.
    std::string_view text() const;
    std::int64_t integer() const;
    /// Of an array.
    std::size_t size() const;
    /// Nil beyond the end.
    ReplyView at(std::size_t index) const;

 protected:
    const redisReply* reply_ = nullptr;
};

/// An answer with its memory. Move-only.
class Reply : public ReplyView {
 public:
    Reply() = default;
    /// Takes hiredis' object over.
    explicit Reply(redisReply* reply) : ReplyView{reply}, owned_{reply} {}

 private:
    struct Free {
        void operator()(redisReply* reply) const;
    };
    std::unique_ptr<redisReply, Free> owned_;
};

}  // namespace tw::redis
