#include "kit/runtime/data_folder.hpp"

#include <filesystem>
#include <fstream>
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

    const fs::path root_ = fs::path{testing::TempDir()} / "tw_data_folder_test";
    const std::string folder_ = root_ / "a" / "data";
};

TEST_F(DataFolderTest, IsMadeForThisUserAlone) {
    ASSERT_TRUE(make_data_folder(folder_));
    EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
    EXPECT_TRUE(make_data_folder(folder_ + "/"));
}

TEST_F(DataFolderTest, ThatIsAFileIsRefused) {
    fs::create_directory(root_);
    std::ofstream{root_ / "a"} << "x";
    for (const auto& path : {folder_, (root_ / "a").string()}) {
        const auto made = make_data_folder(path);
        ASSERT_FALSE(made) << path;
        EXPECT_EQ(made.error().reason(), "DATA_FOLDER");
    }
}

TEST_F(DataFolderTest, OneModuleIsLockedOnceAndTheHolderIsNamed) {
    ASSERT_TRUE(make_data_folder(folder_));
    {
        const auto first = lock_module(folder_, "user");
        ASSERT_TRUE(first);
        const auto second = lock_module(folder_, "user");
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().reason(), "DATA_FOLDER_IN_USE");
        EXPECT_THAT(second.error().detail(), testing::HasSubstr("process " + std::to_string(::getpid())));
        EXPECT_THAT(second.error().detail(), testing::HasSubstr(folder_));
        EXPECT_TRUE(lock_module(folder_, "order"));
    }
    EXPECT_TRUE(lock_module(folder_, "user"));
}

}  // namespace
}  // namespace tw::runtime
