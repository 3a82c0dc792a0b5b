#include "kit/async/frame_memory.hpp"

#include <array>
#include <cstdint>
#include <new>

namespace tw::detail {
namespace {

/// Frames are kept by their size, in steps of this many bytes.
constexpr std::size_t kStepBytes = 64;
/// Larger frames are not kept.
constexpr std::size_t kFrameBytesMax = 4096;
/// How many frames of a size a thread keeps. All sizes together come to 4 MiB at most.
constexpr std::uint32_t kKeptMax = 32;

// The sanitizers find a frame that is used after its end only if it is really freed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeepsFrames = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kKeepsFrames = false;
#else
constexpr bool kKeepsFrames = true;
#endif
#else
constexpr bool kKeepsFrames = true;
#endif

/// A freed frame, while it is kept.
struct KeptFrame {
    KeptFrame* next;
};

struct KeptFrames {
    KeptFrame* first = nullptr;
    std::uint32_t count = 0;
};

/// The frames that one thread keeps, by size.
class FrameCache {
 public:
    constexpr FrameCache() = default;
    FrameCache(const FrameCache&) = delete;
    FrameCache& operator=(const FrameCache&) = delete;
    ~FrameCache() {
        // Objects of the thread that are destroyed later still free frames. None is kept then.
        ended_ = true;
        for (auto& kept : by_size_) {
            while (auto* const frame = kept.first) {
                kept.first = frame->next;
                ::operator delete(frame);
            }
        }
    }

    void* take(std::size_t bytes) {
        auto& kept = by_size_[place_of(bytes)];
        auto* const frame = kept.first;
        if (frame == nullptr) return ::operator new(whole_steps(bytes));
        kept.first = frame->next;
        --kept.count;
        return frame;
    }

    void give(void* memory, std::size_t bytes) noexcept {
        auto& kept = by_size_[place_of(bytes)];
        if (kept.count == kKeptMax || ended_) return ::operator delete(memory);
        kept.first = ::new (memory) KeptFrame{kept.first};
        ++kept.count;
    }

 private:
    static std::size_t place_of(std::size_t bytes) { return (bytes - 1) / kStepBytes; }
    static std::size_t whole_steps(std::size_t bytes) { return (place_of(bytes) + 1) * kStepBytes; }

    std::array<KeptFrames, kFrameBytesMax / kStepBytes> by_size_{};
    bool ended_ = false;
};

constinit thread_local FrameCache frames_of_thread;

bool is_kept(std::size_t bytes) { return kKeepsFrames && bytes - 1 < kFrameBytesMax; }

}  // namespace

void* take_frame(std::size_t bytes) { return is_kept(bytes) ? frames_of_thread.take(bytes) : ::operator new(bytes); }

void free_frame(void* frame, std::size_t bytes) noexcept {
    if (is_kept(bytes)) return frames_of_thread.give(frame, bytes);
    ::operator delete(frame);
}

}  // namespace tw::detail
