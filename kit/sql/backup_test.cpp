#include "kit/sql/backup.hpp"

#include "kit/sql/store_fixture.hpp"

#include <array>
#include <fstream>
#include <sys/stat.h>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tw::sql {
namespace {

using testing::HasSubstr;

class BackupTest : public testing::Test {
 protected:
    std::int64_t users_in(const std::string& path) {
        StoreFixture copy{"sqlite:" + path, 1};
        return copy.count();
    }

    TestFolder folder_;
    StoreFixture store_{"sqlite:" + folder_ / "store.db", 1};
    std::atomic<bool> abandoned_{false};
};

TEST_F(BackupTest, a_copy_is_a_whole_database_in_one_private_file) {
    ASSERT_TRUE(store_.write(new_user(1)));
    const BackupItem item{&store_.store(), folder_ / "copy.db"};
    const auto copied = back_up(std::span{&item, 1}, abandoned_);
    ASSERT_TRUE(copied) << copied.error().detail();
    ASSERT_TRUE(check_backup(item.path));
    struct stat file{};
    ASSERT_EQ(::stat(item.path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600U);
    for (const auto* beside : {"-wal", "-shm", "-journal", ".part"}) {
        EXPECT_FALSE(std::filesystem::exists(item.path + beside)) << beside;
    }
    ASSERT_TRUE(store_.write(new_user(2))) << "the database goes on";
    EXPECT_EQ(users_in(item.path), 1);
}

TEST_F(BackupTest, what_is_committed_while_it_is_written_is_not_in_it) {
    ASSERT_TRUE(store_.write(new_user(1)));
    auto snapshot = store_.store().snapshot();
    ASSERT_TRUE(snapshot);
    ASSERT_TRUE(store_.write(new_user(2)));
    ASSERT_TRUE((*snapshot)->write_to(folder_ / "copy.db", abandoned_));
    EXPECT_EQ(users_in(folder_ / "copy.db"), 1);
}

TEST_F(BackupTest, nobody_commits_while_writes_are_held) {
    auto hold = store_.store().hold_writes();
    ASSERT_TRUE(hold);
    std::atomic<bool> written{false};
    std::jthread writer{[&] {
        ASSERT_TRUE(store_.write(new_user(1)));
        written = true;
    }};
    const auto snapshot = store_.store().snapshot();
    EXPECT_FALSE(written);
    hold->reset();
    writer.join();
    ASSERT_TRUE((*snapshot)->write_to(folder_ / "copy.db", abandoned_));
    EXPECT_EQ(users_in(folder_ / "copy.db"), 0);
    EXPECT_EQ(store_.count(), 1);
}

TEST_F(BackupTest, several_databases_are_copied_as_they_were_at_one_moment) {
    StoreFixture other{"sqlite:" + folder_ / "other.db", 1};
    std::atomic<bool> enough{false};
    // The second database gets a user only after the first has it.
    std::jthread writer{[&] {
        for (std::int64_t id = 1; !enough; ++id) {
            ASSERT_TRUE(store_.write(new_user(id)));
            ASSERT_TRUE(other.write(new_user(id)));
        }
    }};
    for (int round = 0; round < 5; ++round) {
        const std::array items{BackupItem{&store_.store(), folder_ / fmt::format("one{}.db", round)},
                               BackupItem{&other.store(), folder_ / fmt::format("two{}.db", round)}};
        ASSERT_TRUE(back_up(items, abandoned_));
    }
    enough = true;
    writer.join();
    for (int round = 0; round < 5; ++round) {
        const auto ahead =
            users_in(folder_ / fmt::format("one{}.db", round)) - users_in(folder_ / fmt::format("two{}.db", round));
        EXPECT_THAT(ahead, testing::AllOf(testing::Ge(0), testing::Le(1))) << round;
    }
}

TEST_F(BackupTest, a_copy_that_cannot_be_written_leaves_nothing) {
    StoreFixture other{"sqlite:" + folder_ / "other.db", 1};
    const std::array items{BackupItem{&store_.store(), folder_ / "copy.db"},
                           BackupItem{&other.store(), folder_ / "missing/other.db"}};
    const auto failed = back_up(items, abandoned_);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().reason(), "BACKUP_FAILED");
    EXPECT_THAT(failed.error().detail(), HasSubstr("missing/other.db"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "copy.db"));
    ASSERT_TRUE(store_.write(new_user(1))) << "writes go on";
}

TEST_F(BackupTest, is_given_up_when_the_process_ends) {
    abandoned_ = true;
    const BackupItem item{&store_.store(), folder_ / "copy.db"};
    EXPECT_EQ(back_up(std::span{&item, 1}, abandoned_).error().code(), Code::cancelled);
    EXPECT_FALSE(std::filesystem::exists(item.path));
    EXPECT_FALSE(std::filesystem::exists(item.path + ".part"));
}

TEST_F(BackupTest, a_file_that_is_no_whole_database_is_told) {
    std::ofstream{folder_ / "text.db"} << "this is no database, however long it is: " << std::string(4096, 'x');
    const auto text = check_backup(folder_ / "text.db");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().reason(), "BACKUP_DAMAGED");
    for (std::int64_t id = 1; id <= 500; ++id) ASSERT_TRUE(store_.write(new_user(id)));
    const BackupItem item{&store_.store(), folder_ / "copy.db"};
    ASSERT_TRUE(back_up(std::span{&item, 1}, abandoned_));
    std::filesystem::resize_file(item.path, std::filesystem::file_size(item.path) / 2);
    EXPECT_EQ(check_backup(item.path).error().reason(), "BACKUP_DAMAGED");
}

TEST_F(BackupTest, postgresql_is_backed_up_by_its_own_means) {
    StoreFixture server{test::PostgresServer::shared().empty_database(), 1};
    const BackupItem item{&server.store(), folder_ / "copy.db"};
    const auto refused = back_up(std::span{&item, 1}, abandoned_);
    EXPECT_EQ(refused.error().reason(), "BACKUP_BY_SERVER");
    EXPECT_THAT(refused.error().detail(), HasSubstr("pg_dump"));
}

class DeletedFilesTest : public BackupTest {
 protected:
    void expect_refused(const std::string& file) {
        const auto health = store_.store().health();
        ASSERT_FALSE(health);
        EXPECT_THAT(health.error().detail(), HasSubstr(file));
        const auto written = store_.write(new_user(2));
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().reason(), "STORAGE_FAILED");
        EXPECT_FALSE(written.error().outcome_open());
    }
};

TEST_F(DeletedFilesTest, a_deleted_database_takes_no_more_writes_and_is_not_ready) {
    ASSERT_TRUE(store_.write(new_user(1)));
    ASSERT_TRUE(store_.store().health());
    std::filesystem::remove(folder_ / "store.db");
    expect_refused("store.db was deleted or replaced");
}

TEST_F(DeletedFilesTest, a_replaced_database_takes_no_more_writes_and_is_not_ready) {
    ASSERT_TRUE(store_.write(new_user(1)));
    std::filesystem::copy_file(folder_ / "store.db", folder_ / "other.db");
    std::filesystem::rename(folder_ / "other.db", folder_ / "store.db");
    expect_refused("store.db was deleted or replaced");
}

TEST_F(DeletedFilesTest, a_deleted_log_takes_no_more_writes_and_is_not_ready) {
    ASSERT_TRUE(store_.write(new_user(1)));
    ASSERT_TRUE(store_.store().health());
    std::filesystem::remove(folder_ / "store.db-wal");
    expect_refused("store.db-wal was deleted or replaced");
}

TEST_F(DeletedFilesTest, a_file_that_was_put_back_is_written_to_again) {
    ASSERT_TRUE(store_.write(new_user(1)));
    std::filesystem::rename(folder_ / "store.db", folder_ / "away.db");
    expect_refused("store.db was deleted or replaced");
    std::filesystem::rename(folder_ / "away.db", folder_ / "store.db");
    EXPECT_TRUE(store_.write(new_user(2)));
    EXPECT_TRUE(store_.store().health());
}

}  // namespace
}  // namespace tw::sql
