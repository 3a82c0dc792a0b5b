#include "kit/net/h2_memory.hpp"

#include <cstring>

#include <gtest/gtest.h>

namespace tw::net {
namespace {

TEST(H2MemoryTest, what_was_given_back_is_taken_again) {
    H2Memory memory;
    auto* const first = memory.take(100);
    memory.give(first);
    EXPECT_EQ(memory.take(128), first);
    memory.give(first);
    memory.trim();
}

TEST(H2MemoryTest, every_size_can_be_written_to_its_end) {
    H2Memory memory;
    for (const std::size_t bytes : {0u, 1u, 63u, 64u, 65u, 511u, 512u, 513u, 20'000u}) {
        auto* const piece = memory.take(bytes);
        std::memset(piece, 1, bytes);
        memory.give(piece);
    }
}

TEST(H2MemoryTest, resizing_keeps_what_was_there) {
    H2Memory memory;
    auto* piece = memory.take(10);
    std::memcpy(piece, "0123456789", 10);
    piece = memory.resize(piece, 5000);
    EXPECT_EQ(std::memcmp(piece, "0123456789", 10), 0);
    piece = memory.resize(piece, 4);
    EXPECT_EQ(std::memcmp(piece, "0123", 4), 0);
    memory.give(piece);
    memory.give(nullptr);
}

}  // namespace
}  // namespace tw::net
