#include "services/console/archive/archive_fixture.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace tw::console::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kPageBytes = 8192;

class FilesTest : public ArchiveTest {
 protected:
    /// Stores a trace of about this many bytes.
    void store_bytes(std::uint64_t number, std::size_t bytes) {
        ASSERT_TRUE(store(SpanRequest{}.span(number, number).with("padding", std::string(bytes, 'x'))));
    }
    void overwrite(const fs::path& file, std::size_t offset, std::string_view bytes) {
        std::fstream stream{file, std::ios::in | std::ios::out | std::ios::binary};
        stream.seekp(static_cast<std::streamoff>(offset));
        stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
};

TEST_F(FilesTest, the_oldest_files_are_removed_when_the_budget_is_spent) {
    options_.file_bytes_max = 256 * 1024;
    options_.bytes_max = 1024 * 1024;
    for (std::uint64_t i = 1; i <= 100; ++i) store_bytes(i, 100'000);
    std::uintmax_t on_disk = 0;
    for (const auto& entry : fs::directory_iterator{folder_.path()}) on_disk += fs::file_size(entry.path());
    EXPECT_LT(on_disk, 1024 * 1024 + 2 * 600 * 1024U);
    EXPECT_EQ(trace(1).error().reason(), "TRACE_NOT_FOUND");
    EXPECT_TRUE(trace(100));
    const auto now = status();
    EXPECT_GT(now.kept_from_us(), kStartUs + 50'000);
    EXPECT_THAT(now.losses(), IsEmpty());
    EXPECT_EQ(now.received(), 100);
    EXPECT_LT(now.traces(), 20);
}

TEST_F(FilesTest, files_are_removed_when_they_are_too_old) {
    options_.file_bytes_max = 1;
    store_bytes(1, 10);
    clock_.advance(options_.age_max + std::chrono::hours{1});
    store_bytes(2, 10);
    EXPECT_THAT(folder_.names(".db"), ElementsAre("000002.db"));
    EXPECT_FALSE(trace(1));
    EXPECT_TRUE(trace(2));
}

TEST_F(FilesTest, spans_of_an_old_date_are_kept_as_long_as_others) {
    options_.file_bytes_max = 1;
    const auto year = -365LL * 24 * 3600 * 1'000'000'000;
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1).at(year, 1000)));
    store_bytes(2, 10);
    store_bytes(3, 10);
    EXPECT_TRUE(trace(1));
}

TEST_F(FilesTest, a_file_with_little_in_it_is_closed_after_some_hours) {
    store_bytes(1, 10);
    clock_.advance(std::chrono::hours{7});
    store_bytes(2, 10);
    store_bytes(3, 10);
    EXPECT_THAT(folder_.names(".db"), ElementsAre("000001.db", "000002.db"));
    EXPECT_EQ(status().traces(), 3);
}

TEST_F(FilesTest, a_later_process_goes_on_with_the_last_file) {
    store_bytes(1, 10);
    ASSERT_TRUE(store(LogRequest{}.log("said", 1)));
    open();
    store_bytes(2, 10);
    EXPECT_THAT(folder_.names(".db"), ElementsAre("000001.db"));
    EXPECT_EQ(status().traces(), 2);
    EXPECT_EQ(status().spans(), 2);
    EXPECT_EQ(logs().records_size(), 1);
    EXPECT_EQ(trace_ids(traces()), (std::vector{trace_hex(2), trace_hex(1)}));
}

TEST_F(FilesTest, the_end_of_the_process_loses_nothing_that_was_answered) {
    for (std::uint64_t i = 1; i <= 20; ++i) store_bytes(i, 1000);
    const TemporaryFolder copy;
    fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    archive_.reset();
    options_.folder = copy.path();
    open();
    EXPECT_EQ(status().traces(), 20);
    EXPECT_TRUE(trace(1));
    EXPECT_TRUE(trace(20));
    EXPECT_THAT(sink_.lines(), IsEmpty());
}

TEST_F(FilesTest, a_second_archive_in_the_same_folder_is_refused) {
    open();
    const auto second = open_archive(options_, clock_, log_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason(), "CONSOLE_FOLDER_IN_USE");
    EXPECT_THAT(second.error().detail(), HasSubstr(folder_.path().string()));
}

TEST_F(FilesTest, a_folder_that_cannot_be_made_is_told) {
    const auto file = folder_.path() / "file";
    std::ofstream{file} << "x";
    options_.folder = file / "console";
    EXPECT_EQ(open_archive(options_, clock_, log_).error().reason(), "CONSOLE_FOLDER_UNUSABLE");
}

TEST_F(FilesTest, the_folder_and_its_files_are_private) {
    store_bytes(1, 10);
    EXPECT_EQ(fs::status(folder_.path()).permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(folder_.path() / "000001.db").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FilesTest, a_file_that_is_no_database_is_set_aside_and_told) {
    std::ofstream{folder_.path() / "000007.db"} << std::string(10'000, 'x');
    store_bytes(1, 10);
    EXPECT_THAT(folder_.names(".bad"), ElementsAre("000007.bad"));
    EXPECT_THAT(folder_.names(".db"), ElementsAre("000008.db"));
    EXPECT_TRUE(sink_.contain("console.file_set_aside"));
    EXPECT_TRUE(sink_.contain("000007.bad"));
}

TEST_F(FilesTest, a_file_of_another_format_is_set_aside_as_it_is) {
    store_bytes(1, 10);
    archive_.reset();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((folder_.path() / "000001.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
    store_bytes(2, 10);
    EXPECT_THAT(folder_.names(".bad"), SizeIs(1));
    EXPECT_TRUE(sink_.contain("it has format 99"));
    EXPECT_EQ(status().traces(), 1);
}

TEST_F(FilesTest, damage_that_a_search_finds_costs_one_file_and_is_told) {
    options_.file_bytes_max = 1;
    for (std::uint64_t i = 1; i <= 3; ++i) store_bytes(i, 100);
    archive_.reset();
    // The first byte of a page says which kind of page it is. The table of traces is in the fourth.
    overwrite(folder_.path() / "000002.db", 3 * kPageBytes, "\x77");
    open();
    EXPECT_THAT(sink_.lines(), IsEmpty());
    EXPECT_EQ(trace_ids(traces()), (std::vector{trace_hex(3), trace_hex(1)}));
    store_bytes(4, 100);
    EXPECT_THAT(folder_.names(".bad"), ElementsAre("000002.bad"));
    EXPECT_TRUE(sink_.contain("console.file_set_aside"));
}

TEST_F(FilesTest, damage_is_found_when_a_file_is_opened_that_was_not_closed) {
    for (std::uint64_t i = 1; i <= 3; ++i) store_bytes(i, 100);
    const TemporaryFolder copy;
    fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    archive_.reset();
    fs::copy(folder_.path() / "000001.db", copy.path() / "000001.db", fs::copy_options::overwrite_existing);
    overwrite(copy.path() / "000001.db", 3 * kPageBytes, "\x77");
    // A log without a good frame says that the file was not closed, and changes nothing.
    std::ofstream{copy.path() / "000001.db-wal"} << "cut off";
    options_.folder = copy.path();
    open();
    EXPECT_THAT(copy.names(".bad"), ElementsAre("000001.bad"));
    EXPECT_TRUE(sink_.contain("it is damaged"));
}

TEST_F(FilesTest, a_damaged_last_file_is_set_aside_and_the_request_goes_to_a_new_one) {
    store_bytes(1, 100);
    archive_.reset();
    const auto file = folder_.path() / "000001.db";
    for (std::size_t page = 1; page < fs::file_size(file) / kPageBytes; ++page) overwrite(file, page * kPageBytes, "\x77");
    store_bytes(2, 100);
    EXPECT_THAT(folder_.names(".bad"), ElementsAre("000001.bad"));
    EXPECT_EQ(trace_ids(traces()), std::vector{trace_hex(2)});
}

TEST_F(FilesTest, files_that_are_set_aside_count_for_the_budget) {
    options_.bytes_max = 100'000;
    std::ofstream{folder_.path() / "000001.db"} << std::string(300'000, 'x');
    store_bytes(1, 10);
    EXPECT_THAT(folder_.names(".bad"), IsEmpty());
    EXPECT_TRUE(sink_.contain("console.file_set_aside"));
}

TEST_F(FilesTest, a_trace_that_goes_on_after_the_end_of_a_file_is_moved_to_the_next) {
    options_.file_bytes_max = 1;
    ASSERT_TRUE(store(SpanRequest{}.from("order").span(1, 2, 1, "CreateOrder").with("shop.order.id", "a-1")));
    ASSERT_TRUE(store(SpanRequest{}.from("gateway").span(1, 1, 0, "POST /orders")));
    EXPECT_THAT(folder_.names(".db"), SizeIs(2));
    const auto listed = traces();
    ASSERT_EQ(listed.traces_size(), 1);
    EXPECT_EQ(listed.traces(0).spans(), 2);
    EXPECT_EQ(traces("service:order service:gateway").traces_size(), 0);
    EXPECT_EQ(traces("shop.order.id:a-1").traces_size(), 1);
    EXPECT_THAT(trace(1).value().span_ids(), SizeIs(2));
    EXPECT_EQ(status().traces(), 1);
    EXPECT_EQ(status().spans(), 2);
    open();
    EXPECT_EQ(traces().traces_size(), 1);
    EXPECT_EQ(status().spans(), 2);
}

TEST_F(FilesTest, a_trace_goes_on_where_it_was_when_the_next_file_is_gone) {
    options_.file_bytes_max = 1;
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    ASSERT_TRUE(store(SpanRequest{}.span(1, 2, 1)));
    archive_.reset();
    fs::remove(folder_.path() / "000002.db");
    options_.file_bytes_max = 1024 * 1024;
    ASSERT_TRUE(store(SpanRequest{}.span(1, 3, 1)));
    EXPECT_EQ(traces().traces_size(), 1);
    EXPECT_EQ(status().traces(), 1);
    EXPECT_EQ(status().spans(), 2);
    EXPECT_THAT(trace(1).value().span_ids(), SizeIs(2));
}

TEST_F(FilesTest, a_trace_in_files_far_apart_is_read_from_both) {
    options_.file_bytes_max = 1;
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    clock_.advance(std::chrono::minutes{10});
    ASSERT_TRUE(store(SpanRequest{}.span(1, 2, 1)));
    EXPECT_THAT(trace(1).value().span_ids(), SizeIs(2));
}

}  // namespace
}  // namespace tw::console::test
