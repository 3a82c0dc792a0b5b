#pragma once

#include <array>
#include <cstddef>

namespace tw::net {

/// The allocator of one HTTP/2 session. nghttp2 takes and gives back the same few small sizes for every stream; here they come
/// from lists of blocks that were given back before. Keeps a bounded number of them. For one thread.
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
    /// Gives what is kept for later back to the system.
    void trim();

 private:
    static constexpr std::size_t kStepBytes = 64;
    static constexpr std::size_t kClasses = 8;
    static constexpr std::size_t kKeptMax = 64;

    /// Before each piece of memory; keeps it aligned for anything.
    struct alignas(std::max_align_t) Header {
        std::size_t bytes;  ///< that follow
        Header* next;       ///< while kept
    };
    struct Kept {
        Header* first = nullptr;
        std::size_t count = 0;
    };
    std::array<Kept, kClasses> kept_;
};

}  // namespace tw::net
