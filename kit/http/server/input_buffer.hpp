#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace tw::http {

/// The bytes of a connection that have been received and not been used yet. The buffer starts
/// small, since most connections are idle most of the time. It grows while reads fill it, up to
/// `bytes_max`, and shrinks when it is empty.
class InputBuffer {
 public:
    static constexpr std::size_t kSmall = 4096;

    explicit InputBuffer(std::size_t bytes_max) : bytes_max_{std::max(bytes_max, kSmall)} {}

    std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    /// Whether nothing more fits until something has been consumed.
    bool full() const { return end_ - begin_ == bytes_max_; }
    void consume(std::size_t count) { begin_ += count; }
    void commit(std::size_t count) { end_ += count; }

    /// Returns the space for the next read; empty when full. It moves the result of `bytes`, which
    /// must not be used any more.
    std::span<char> space() {
        const auto used = end_ - begin_;
        const auto wanted = used == 0 ? kSmall : used == capacity_ ? std::min(capacity_ * 2, bytes_max_) : capacity_;
        if (wanted != capacity_) {
            auto moved = std::make_unique_for_overwrite<char[]>(wanted);
            if (used > 0) std::memcpy(moved.get(), data_.get() + begin_, used);
            data_ = std::move(moved);
            capacity_ = wanted;
        } else if (begin_ > 0 && used > 0) {
            std::memmove(data_.get(), data_.get() + begin_, used);
        }
        begin_ = 0;
        end_ = used;
        return {data_.get() + end_, capacity_ - end_};
    }

 private:
    std::size_t bytes_max_;
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace tw::http
