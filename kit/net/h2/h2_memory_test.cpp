#include "kit/net/h2/h2_memory.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

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
    for (int round = 0; round < 2; ++round) {
        for (const std::size_t bytes : {0u, 1u, 63u, 64u, 65u, 511u, 512u, 513u, 570u, 4'095u, 4'096u, 20'000u}) {
            auto* const piece = memory.take(bytes);
            std::memset(piece, 1, bytes);
            memory.give(piece);
        }
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

TEST(H2MemoryTest, trimming_changes_nothing_that_is_held) {
    H2Memory memory;
    auto* const table = static_cast<char*>(memory.take(8192));
    std::memset(table, 0, 8192);
    table[5000] = 'x';
    memory.trim();
    EXPECT_EQ(table[5000], 'x');
    EXPECT_EQ(std::count(table, table + 8192, '\0'), 8191);
    memory.give(table);
}

TEST(H2MemoryTest, a_page_of_zeros_and_forgotten_content_are_not_resident) {
    H2Memory memory;
    auto* const piece = static_cast<char*>(memory.take(3 * 4096));
    const auto resident = [piece](std::size_t page) {
        unsigned char there = 0;
        EXPECT_EQ(::mincore(piece + page * 4096, 4096, &there), 0);
        return (there & 1) != 0;
    };
    std::memset(piece, 0, 4096);
    std::memset(piece + 4096, 'x', 4096);
    memory.trim();
    EXPECT_FALSE(resident(0));
    EXPECT_TRUE(resident(1));
    memory.forget_content(piece + 4100);
    EXPECT_FALSE(resident(1));
    std::memset(piece, 'y', 3 * 4096);
    memory.give(piece);
}

}  // namespace
}  // namespace tw::net
