#include "kit/simulation/disk/sqlite_locks.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace tw::simulation {
namespace {

using Holder = SqliteLocks::Holder;

TEST(SqliteLocks, one_writer_beside_readers_until_it_is_about_to_write_the_file) {
    SqliteLocks locks;
    Holder reader;
    Holder writer;
    Holder other;
    for (auto* const holder : {&reader, &writer, &other}) EXPECT_EQ(locks.lock(*holder, SQLITE_LOCK_SHARED), SQLITE_OK);
    EXPECT_EQ(locks.lock(writer, SQLITE_LOCK_RESERVED), SQLITE_OK);
    EXPECT_TRUE(locks.is_reserved());
    EXPECT_EQ(locks.lock(other, SQLITE_LOCK_RESERVED), SQLITE_BUSY);
    locks.unlock(other, SQLITE_LOCK_NONE);
    EXPECT_EQ(locks.lock(writer, SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY) << "somebody reads";
    EXPECT_EQ(writer.level, SQLITE_LOCK_PENDING);
    EXPECT_EQ(locks.lock(other, SQLITE_LOCK_SHARED), SQLITE_BUSY) << "no new readers from now on";
    locks.unlock(reader, SQLITE_LOCK_NONE);
    EXPECT_EQ(locks.lock(writer, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
    locks.unlock(writer, SQLITE_LOCK_SHARED);
    EXPECT_FALSE(locks.is_reserved());
    EXPECT_EQ(locks.lock(other, SQLITE_LOCK_SHARED), SQLITE_OK);
}

TEST(SqliteLocks, a_slot_of_the_index_has_readers_or_one_writer) {
    constexpr int kLock = SQLITE_SHM_LOCK;
    constexpr int kUnlock = SQLITE_SHM_UNLOCK;
    SqliteLocks locks;
    Holder one;
    Holder other;
    EXPECT_EQ(locks.lock_index(one, 3, 1, kLock | SQLITE_SHM_SHARED), SQLITE_OK);
    EXPECT_EQ(locks.lock_index(other, 3, 1, kLock | SQLITE_SHM_SHARED), SQLITE_OK);
    EXPECT_EQ(locks.lock_index(other, 2, 3, kLock | SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
    EXPECT_EQ(locks.lock_index(one, 2, 1, kLock | SQLITE_SHM_EXCLUSIVE), SQLITE_OK) << "what was refused locked nothing";
    EXPECT_EQ(locks.lock_index(other, 2, 1, kLock | SQLITE_SHM_SHARED), SQLITE_BUSY);
    EXPECT_EQ(locks.lock_index(one, 2, 1, kUnlock | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    EXPECT_EQ(locks.lock_index(other, 2, 1, kLock | SQLITE_SHM_SHARED), SQLITE_OK);
}

TEST(SqliteLocks, who_leaves_the_index_leaves_its_locks_and_the_last_takes_the_index_along) {
    SqliteLocks locks;
    Holder one;
    Holder other;
    auto* const region = static_cast<std::uint8_t*>(locks.index_region(one, 0, 64, true));
    ASSERT_NE(region, nullptr);
    region[5] = 7;
    EXPECT_EQ(locks.index_region(other, 0, 64, false), region);
    EXPECT_EQ(locks.index_region(other, 1, 64, false), nullptr);
    EXPECT_EQ(locks.lock_index(one, 0, 8, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    locks.leave_index(one);
    EXPECT_EQ(locks.lock_index(other, 0, 8, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    EXPECT_EQ(static_cast<std::uint8_t*>(locks.index_region(other, 0, 64, false))[5], 7);
    locks.leave_index(other);
    EXPECT_EQ(locks.index_region(other, 0, 64, false), nullptr);
}

}  // namespace
}  // namespace tw::simulation
