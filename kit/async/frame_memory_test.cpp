#include "kit/async/frame_memory.hpp"

#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tw::detail {
namespace {

/// Takes a frame and fills all of it.
void* filled(std::size_t bytes) {
    void* const frame = take_frame(bytes);
    std::memset(frame, 0x5a, bytes);
    return frame;
}

TEST(FrameMemory, frames_of_every_size_are_taken_and_freed) {
    for (int round = 0; round < 3; ++round) {
        std::vector<void*> frames;
        for (std::size_t bytes = 1; bytes < 5000; bytes += 7) frames.push_back(filled(bytes));
        std::size_t bytes = 1;
        for (auto* const frame : frames) {
            free_frame(frame, bytes);
            bytes += 7;
        }
    }
}

TEST(FrameMemory, frames_that_are_in_use_do_not_share_memory) {
    // A thread keeps fewer frames of a size than that.
    for (int round = 0; round < 3; ++round) {
        std::vector<unsigned char*> frames;
        for (unsigned i = 0; i < 200; ++i) {
            frames.push_back(static_cast<unsigned char*>(take_frame(100)));
            std::memset(frames.back(), static_cast<int>(i), 100);
        }
        for (unsigned i = 0; i < frames.size(); ++i) {
            for (int place : {0, 50, 99}) EXPECT_EQ(frames[i][place], i) << place;
        }
        for (auto* const frame : frames) free_frame(frame, 100);
    }
}

TEST(FrameMemory, another_thread_may_free_a_frame_and_end) {
    std::vector<void*> frames;
    for (int i = 0; i < 100; ++i) frames.push_back(filled(300));
    std::thread{[&frames] {
        for (auto* const frame : frames) free_frame(frame, 300);
    }}.join();
    free_frame(filled(300), 300);
}

}  // namespace
}  // namespace tw::detail
