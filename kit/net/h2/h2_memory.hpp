#pragma once

#include <array>
#include <cstddef>

namespace tw::net {

/// The allocator of one HTTP/2 session. nghttp2 allocates and frees the same few small sizes for
/// every stream. This class keeps a bounded number of freed blocks of each size for reuse. Large
/// blocks begin and end with a page, so that an idle session can return their pages to the system.
/// It is for one thread.
class H2Memory {
 public:
    H2Memory() = default;
    H2Memory(const H2Memory&) = delete;
    H2Memory& operator=(const H2Memory&) = delete;
    ~H2Memory() { trim(); }

    /// Returns null when there is no memory, as nghttp2 expects.
    void* take(std::size_t bytes);
    void give(void* memory);
    void* resize(void* memory, std::size_t bytes);
    /// Frees the blocks that are kept for reuse. Also returns the pages of large blocks that hold
    /// only zeros, and that read as zeros afterwards.
    void trim();
    /// Returns the pages of the large block that `inside` points into. The block's content is lost.
    void forget_content(const void* inside);

 private:
    static constexpr std::size_t kStepBytes = 64;
    static constexpr std::size_t kClasses = 8;
    static constexpr std::size_t kKeptMax = 64;
    static constexpr std::size_t kPageBytes = 4096;
    /// How many large blocks are remembered. A session has two: the table of its streams, and the
    /// frame that is being written.
    static constexpr std::size_t kLargeMax = 4;

    struct Kept {
        /// The first free block. Each free block begins with a pointer to the next.
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
    /// The large blocks whose pages can be returned. Blocks beyond kLargeMax are not remembered.
    std::array<Large, kLargeMax> large_;
};

}  // namespace tw::net
