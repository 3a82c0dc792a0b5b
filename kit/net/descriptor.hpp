#pragma once

#include <utility>

namespace tw::net {

/// Owns a file descriptor and closes it. It is move-only.
class Descriptor {
 public:
    Descriptor() = default;
    /// Takes the result of a system call. A negative number means no descriptor.
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{other.release()} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();

    explicit operator bool() const { return number_ >= 0; }
    int number() const { return number_; }
    /// Gives up ownership and returns the number.
    int release() { return std::exchange(number_, -1); }

 private:
    int number_ = -1;
};

}  // namespace tw::net
