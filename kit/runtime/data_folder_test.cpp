#include "kit/runtime/data_folder.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

namespace fs = std::filesystem;

class DataFolderTest : public testing::Test {
 protected:
    void SetUp() override { fs::remove_all(root_); }
    void TearDown() override { fs::remove_all(root_); }

    const fs::path root_ = fs::path{testing::TempDir()} / ("tw_data_folder_test_" + std::to_string(::getpid()));
    const std::string folder_ = root_ / "a" / "data";
};

TEST_F(DataFolderTest, is_made_for_this_user_alone) {
    ASSERT_TRUE(make_data_folder(folder_));
    EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
    EXPECT_TRUE(make_data_folder(folder_ + "/"));
}

TEST_F(DataFolderTest, that_is_a_file_is_refused) {
    fs::create_directory(root_);
    std::ofstream{root_ / "a"} << "x";
    for (const auto& path : {folder_, (root_ / "a").string()}) {
        const auto made = make_data_folder(path);
        ASSERT_FALSE(made) << path;
        EXPECT_EQ(made.error().reason(), "DATA_FOLDER");
    }
}

TEST_F(DataFolderTest, one_module_is_locked_once_and_the_holder_is_named) {
    ASSERT_TRUE(make_data_folder(folder_));
    {
        const auto first = lock_module("shop", folder_, "user");
        ASSERT_TRUE(first);
        const auto second = lock_module("shop", folder_, "user");
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().reason(), "DATA_FOLDER_IN_USE");
        EXPECT_THAT(second.error().detail(), testing::HasSubstr("process " + std::to_string(::getpid())));
        EXPECT_THAT(second.error().detail(), testing::HasSubstr(folder_));
        EXPECT_TRUE(lock_module("shop", folder_, "order"));
    }
    EXPECT_TRUE(lock_module("shop", folder_, "user"));
}

TEST_F(DataFolderTest, a_lock_file_that_cannot_be_opened_is_named) {
    ASSERT_TRUE(make_data_folder(folder_));
    fs::create_directory(folder_ + "/user.lock");
    const auto lock = lock_module("shop", folder_, "user");
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().reason(), "DATA_FOLDER");
    EXPECT_THAT(lock.error().detail(), testing::HasSubstr(folder_ + "/user.lock"));
}

TEST_F(DataFolderTest, the_holder_of_a_lock_is_not_who_wrote_into_the_file_long_ago) {
    ASSERT_TRUE(make_data_folder(folder_));
    const auto path = folder_ + "/user.lock";
    std::ofstream{path} << "1\n";
    const int foreign = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::flock(foreign, LOCK_EX | LOCK_NB), 0);
    const auto lock = lock_module("shop", folder_, "user");
    ::close(foreign);
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().reason(), "DATA_FOLDER_IN_USE");
    EXPECT_THAT(lock.error().detail(), testing::HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(lock.error().detail(), testing::HasSubstr(path));
}

}  // namespace
}  // namespace tw::runtime
