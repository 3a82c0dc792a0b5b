#include "kit/runtime/backup_control.hpp"

#include "kit/async/run.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class BackupControlTest : public testing::Test {
 protected:
    BackupControlTest() { fs::create_directory(folder_); }
    ~BackupControlTest() override { fs::remove_all(folder_); }

    http::Response ask(std::string method, std::string path, std::string body) {
        const http::Request request{
            .method = std::move(method), .path = std::move(path), .query = {}, .headers = {}, .body = std::move(body)};
        RootCall call{loop_};
        const auto handler = control_.handler();
        return run_until_done(loop_, handler(call.context(), request));
    }

    const fs::path folder_ = fs::path{testing::TempDir()} / ("tw_backup_control_" + std::to_string(::getpid()));
    EventLoop loop_;
    WorkerPool workers_{1};
    BackupControl control_{workers_};
};

TEST_F(BackupControlTest, a_process_listens_beside_its_file) {
    const auto place = ControlPlace::beside(folder_ / "user.sqlite");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->address().host, folder_ / "user.sqlite.control");
}

TEST_F(BackupControlTest, a_path_too_long_for_a_socket_leads_through_the_open_folder) {
    const auto deep = folder_ / std::string(200, 'x');
    fs::create_directory(deep);
    const auto place = ControlPlace::beside(deep / "user.sqlite");
    ASSERT_TRUE(place);
    EXPECT_LT(place->address().host.size(), 108U);
    std::ofstream{place->address().host} << "x";
    EXPECT_TRUE(fs::exists(deep / "user.sqlite.control"));
}

TEST_F(BackupControlTest, a_folder_that_is_not_there_is_named) {
    const auto place = ControlPlace::beside(folder_ / "missing" / "user.sqlite");
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().detail(), HasSubstr("missing"));
}

TEST_F(BackupControlTest, only_a_request_that_names_a_folder_is_answered) {
    EXPECT_EQ(ask("GET", "/backup", "").status, 404);
    EXPECT_EQ(ask("POST", "/metrics", "").status, 404);
    for (const auto* body : {"", "{", "[]", "{}", R"({"folder":1})"}) EXPECT_EQ(ask("POST", "/backup", body).status, 400) << body;
    EXPECT_EQ(ask("POST", "/backup", R"({"folder":"/tmp"})").body, R"({"databases":[]})");
}

TEST_F(BackupControlTest, where_nobody_answers_there_is_nothing) {
    const auto none = request_backup(folder_ / "user.sqlite", "/nowhere");
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->has_value());
    // What a process leaves that was killed.
    std::ofstream{folder_ / "user.sqlite.control"} << "";
    const auto left = request_backup(folder_ / "user.sqlite", "/nowhere");
    ASSERT_TRUE(left);
    EXPECT_FALSE(left->has_value());
}

}  // namespace
}  // namespace tw::runtime
