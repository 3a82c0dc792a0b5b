#pragma once

#include <array>
#include <cstddef>

namespace tw::net {

/// The allocator of one HTTP/2 session. nghttp2 takes and gives back the same few small sizes for every stream; here they come
/// from lists of blocks that were given back before. Keeps a bounded number of them. Large blocks begin and end with a page, so
/// that an idle session can do without what they hold. For one thread.
class H2Memory {
 public:
    H2Memory() = default;
    H2Memory(const H2Memory&) = delete;
    H2Memory& operator=(const H2Memory&) = delete;
    ~H2Memory() { trim(); }

    /// Null when there is no memory, as nghttp2 expects it.
    void* take(std::size_t bytes);
    void give(void* memory);
    void* resize(void* memory, std::size_t bytes);
    /// Gives back to the system what is kept for later, and pages of large blocks that hold nothing but zeros, which they do
    /// afterwards too.
    void trim();
    /// Gives back the pages of the large block that `inside` points into, whose content is lost.
    void forget_content(const void* inside);

 private:
    static constexpr std::size_t kStepBytes = 64;
    static constexpr std::size_t kClasses = 8;
    static constexpr std::size_t kKeptMax = 64;
    static constexpr std::size_t kPageBytes = 4096;
    /// A session has two: the table of its streams, and the frame that is being written.
    static constexpr std::size_t kLargeMax = 4;

    struct Kept {
        /// Each begins with where the next one is.
        void* first = nullptr;
        std::size_t count = 0;
    };
    struct Large {
        std::byte* begin = nullptr;
        std::size_t bytes = 0;
    };
    void* take_large(std::size_t bytes);
    void give_large(void* memory);

    std::array<Kept, kClasses> kept_;
    /// Those that can be given back in part; there may be more that cannot.
    std::array<Large, kLargeMax> large_;
};

}  // namespace tw::net
