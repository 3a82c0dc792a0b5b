#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct redisReply;

namespace tw::redis {

/// An answer of the server, or an element of one. A function for another kind of answer returns an
/// empty value ("" or 0), so that any answer can be read without checking its kind first. A
/// ReplyView refers to a Reply, which must outlive it.
class ReplyView {
 public:
    enum class Kind : std::uint8_t { nil, text, integer, array, error };

    ReplyView() = default;
    explicit ReplyView(const redisReply* reply) : reply_{reply} {}

    Kind kind() const;
    bool is_nil() const { return kind() == Kind::nil; }
    /// The text of a bulk string, a status ("OK") or an error.
    std::string_view text() const;
    std::int64_t integer() const;
    /// The number of elements of an array.
    std::size_t size() const;
    /// Returns an element of an array, or nil beyond its end.
    ReplyView at(std::size_t index) const;

 protected:
    const redisReply* reply_ = nullptr;
};

/// An answer that owns its memory. It is move-only.
class Reply : public ReplyView {
 public:
    Reply() = default;
    /// Takes ownership of hiredis' object.
    explicit Reply(redisReply* reply) : ReplyView{reply}, owned_{reply} {}

 private:
    struct Free {
        void operator()(redisReply* reply) const;
    };
    std::unique_ptr<redisReply, Free> owned_;
};

}  // namespace tw::redis
