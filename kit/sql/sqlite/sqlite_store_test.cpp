#include "kit/sql/sqlite/sqlite_store.hpp"

#include "kit/async/sleep.hpp"
#include "kit/sql/sqlite/writer.hpp"
#include "kit/sql/store_fixture.hpp"

#include <csignal>
#include <fstream>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

namespace tw::sql {
namespace {

constexpr Statement kEndless{
    "SELECT endless",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT max(i) FROM n"};
constexpr Statement kLong{
    "SELECT long", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT max(i) FROM n"};

class SqliteStoreTest : public testing::Test {
 protected:
    TestFolder folder_;
    StoreFixture store_{"sqlite:" + folder_ / "store.db", 1};
};

/// While it exists, no file of this process grows beyond `bytes`, as if the disk were full.
class FileSizeLimit {
 public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

 private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

TEST_F(SqliteStoreTest, a_restart_keeps_what_was_written) {
    ASSERT_TRUE(store_.write(new_user(1)));
    store_.close();
    EXPECT_FALSE(std::filesystem::exists(folder_ / "store.db-wal")) << "closing moves the log into the database file";
    store_.open();
    EXPECT_EQ(store_.count(), 1);
}

TEST_F(SqliteStoreTest, a_refused_unit_that_cannot_be_undone_alone_takes_its_rows_along_and_nobody_elses) {
    // This statement ends the savepoint that the unit would be rolled back to.
    static constexpr Statement kEndSavepoint{"RELEASE", "RELEASE unit"};
    Unit refused = new_user(1);
    refused.add(kEndSavepoint);
    refused.add_one_row(kSetAge, 99, 1);
    std::vector<Unit> units;
    units.push_back(new_user(2));
    units.push_back(std::move(refused));
    units.push_back(new_user(3));
    const auto outcomes = store_.run(write_together(store_.database(), store_.ctx(), std::move(units)));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_FALSE(outcomes[1]);
    EXPECT_TRUE(outcomes[2]);
    const auto rows = store_.run(store_.database().query(store_.ctx(), kListUsers));
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ(rows->front().get<int>(0), 2);
}

/// Overwrites the beginning of the page that holds a table.
void damage(const std::string& path, std::int64_t page) {
    constexpr std::streamoff kPageSize = 4096;
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp((page - 1) * kPageSize);
    file << std::string(200, '\xff');
    ASSERT_TRUE(file.good());
}

TEST_F(SqliteStoreTest, one_damaged_page_fails_whoever_needs_it_and_leaves_the_process_ready) {
    static constexpr Statement kPageOfPets{"SELECT sqlite_schema", "SELECT rootpage FROM sqlite_schema WHERE name = 'pets'"};
    ASSERT_TRUE(store_.write(new_user(1)));
    const auto page = (**store_.run(store_.database().query_row(store_.ctx(), kPageOfPets))).get<std::int64_t>(0);
    store_.close();
    damage(folder_ / "store.db", page);
    store_.open();
    Unit unit;
    unit.add(kInsertPet, 1, "Rex", Value{Null{}});
    const auto damaged = store_.write(std::move(unit));
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code(), Code::data_loss);
    EXPECT_FALSE(damaged.error().outcome_open());
    EXPECT_TRUE(store_.store().health());
    EXPECT_TRUE(store_.write(new_user(2)));
}

TEST_F(SqliteStoreTest, a_log_that_grows_is_moved_into_the_database_file) {
    for (int id = 1; id <= 30; ++id) {
        Unit unit;
        unit.add(kInsertUser, id, std::string(1'000'000, static_cast<char>('a' + id)), Value{Null{}}, 0, 0.0);
        ASSERT_TRUE(store_.write(std::move(unit)));
    }
    EXPECT_LT(std::filesystem::file_size(folder_ / "store.db-wal"), 16'000'000U);
    EXPECT_EQ(store_.count(), 30);
}

TEST_F(SqliteStoreTest, what_the_disk_refuses_is_not_acknowledged_and_none_of_a_shared_commit_stays) {
    ASSERT_TRUE(store_.write(new_user(100)));
    std::vector<Unit> units;
    for (int id = 1; id <= 10; ++id) units.push_back(new_user(id));
    {
        const FileSizeLimit full{std::filesystem::file_size(folder_ / "store.db-wal")};
        for (const auto& outcome : store_.run(write_together(store_.database(), store_.ctx(), std::move(units)))) {
            ASSERT_FALSE(outcome);
            EXPECT_EQ(outcome.error().code(), Code::unavailable);
            EXPECT_EQ(outcome.error().reason(), "STORAGE_FAILED");
            EXPECT_THAT(outcome.error().cause(), testing::HasSubstr("COMMIT"));
        }
        EXPECT_EQ(store_.store().health().error().reason(), "STORAGE_FAILED");
        EXPECT_EQ(store_.count(), 1) << "reads go on";
    }
    EXPECT_TRUE(store_.write(new_user(1)));
    EXPECT_TRUE(store_.store().health());
    EXPECT_EQ(store_.count(), 2);
}

Task<bool> becomes_healthy(Store& store, const CallContext& ctx) {
    for (int i = 0; i < 500; ++i) {
        if (store.health()) co_return true;
        auto waiting = sleep_for(ctx, std::chrono::milliseconds{10});
        static_cast<void>(co_await std::move(waiting));
    }
    co_return false;
}

TEST_F(SqliteStoreTest, health_recovers_without_anybody_writing) {
    ASSERT_TRUE(store_.write(new_user(100)));
    {
        const FileSizeLimit full{std::filesystem::file_size(folder_ / "store.db-wal")};
        ASSERT_FALSE(store_.write(new_user(1)));
        ASSERT_FALSE(store_.store().health());
    }
    EXPECT_TRUE(store_.run(becomes_healthy(store_.store(), store_.ctx())));
}

Task<Result<void>> limit_pages(Transaction& transaction, const CallContext& ctx, const Statement& statement) {
    auto asking = transaction.query(ctx, statement);
    const auto answer = co_await std::move(asking);
    if (!answer) co_return answer.error();
    co_return Result<void>{};
}

TEST_F(SqliteStoreTest, a_full_database_refuses_the_unit_that_does_not_fit) {
    static constexpr Statement kSmall{"PRAGMA", "PRAGMA max_page_count=30"};
    static constexpr Statement kLarge{"PRAGMA", "PRAGMA max_page_count=100000"};
    const auto limit = [&](const Statement& statement) {
        auto body = Database::Body{[&](Transaction& transaction) { return limit_pages(transaction, store_.ctx(), statement); }};
        return store_.run(store_.database().transaction(store_.ctx(), std::move(body)));
    };
    ASSERT_TRUE(limit(kSmall));
    const auto big = [] {
        Unit unit;
        unit.add(kInsertUser, 1, std::string(500'000, 'x'), Value{Null{}}, 0, 0.0);
        return unit;
    };
    std::vector<Unit> units;
    units.push_back(new_user(2));
    units.push_back(big());
    units.push_back(new_user(3));
    const auto outcomes = store_.run(write_together(store_.database(), store_.ctx(), std::move(units)));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().reason(), "STORAGE_FAILED");
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(store_.count(), 2);
    ASSERT_TRUE(limit(kLarge));
    EXPECT_TRUE(store_.write(big()));
}

TEST_F(SqliteStoreTest, a_scan_stops_when_its_call_is_over) {
    RootCall call{store_.loop(), Deadline::after(store_.loop().now(), std::chrono::milliseconds{20})};
    EXPECT_EQ(store_.run(store_.database().query(call.context(), kEndless)).error().code(), Code::deadline_exceeded);
    // The only worker is free again, so another query can run.
    EXPECT_TRUE(store_.run(store_.database().query(store_.ctx(), kListUsers)));
}

TEST_F(SqliteStoreTest, a_statement_of_a_transaction_stops_when_its_call_is_over) {
    RootCall call{store_.loop(), Deadline::after(store_.loop().now(), std::chrono::milliseconds{20})};
    const auto ask = [](Transaction& transaction, const CallContext& ctx) -> Task<Result<void>> {
        auto asking = transaction.query(ctx, kEndless);
        const auto answer = co_await std::move(asking);
        if (!answer) co_return answer.error();
        co_return Result<void>{};
    };
    auto body = Database::Body{[&](Transaction& transaction) { return ask(transaction, call.context()); }};
    EXPECT_EQ(store_.run(store_.database().transaction(call.context(), std::move(body))).error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(store_.write(new_user(1)));
}

Task<Result<std::optional<Row>>> leaves_the_loop(Database& database, const CallContext& ctx, bool& left) {
    std::optional<Result<std::optional<Row>>> row;
    Gate gate;
    const auto read = [](Database& database, const CallContext& ctx,
                         std::optional<Result<std::optional<Row>>>& row) -> Task<void> {
        auto reading = database.query_row(ctx, kLong);
        row = co_await std::move(reading);
    };
    spawn(gate, read(database, ctx, row));
    left = !row;
    co_await close_and_wait(gate);
    co_return std::move(*row);
}

TEST_F(SqliteStoreTest, a_look_up_that_turns_out_to_be_a_scan_goes_to_a_worker) {
    bool left = false;
    const auto row = store_.run(leaves_the_loop(store_.database(), store_.ctx(), left));
    EXPECT_EQ((**row).get<int>(0), 100000);
    EXPECT_TRUE(left);
}

Task<std::vector<Result<void>>> overfill(Database& database, const CallContext& ctx) {
    std::vector<Unit> units;
    for (std::size_t i = 0; i <= Writer::kQueuedMax; ++i) units.push_back(new_user(static_cast<std::int64_t>(i)));
    auto writing = write_together(database, ctx, std::move(units));
    co_return co_await std::move(writing);
}

TEST_F(SqliteStoreTest, what_does_not_fit_the_writers_queue_is_refused_at_once) {
    const auto outcomes = store_.run(overfill(store_.database(), store_.ctx()));
    for (std::size_t i = 0; i < Writer::kQueuedMax; ++i) ASSERT_TRUE(outcomes[i]);
    EXPECT_EQ(outcomes.back().error().reason(), "DATABASE_BUSY");
    EXPECT_LE(store_.store().stats().commits, Writer::kQueuedMax / Writer::kBatchUnitsMax + 1);
}

TEST_F(SqliteStoreTest, a_statement_is_a_client_span_without_its_values) {
    Unit unit;
    unit.add(kInsertUser, 1, "secret@example.com", Value{Null{}}, 0, 0.0);
    unit.add(kSetAge, 1, 3);
    ASSERT_TRUE(store_.write(std::move(unit)));
    const auto* span = store_.telemetry().spans.find("INSERT users");
    ASSERT_NE(span, nullptr);
    EXPECT_EQ(span->kind, telemetry::SpanKind::client);
    EXPECT_TRUE(span->end);
    EXPECT_EQ(span->text("db.system.name"), "sqlite");
    EXPECT_EQ(span->text("db.namespace"), "store.db");
    EXPECT_EQ(span->text("db.operation.name"), "INSERT");
    EXPECT_EQ(span->text("db.collection.name"), "users");
    EXPECT_EQ(span->text("db.query.summary"), "INSERT users");
    EXPECT_EQ(span->text("db.query.text"), std::string{kInsertUser.text});
    EXPECT_EQ(span->text("db.operation.batch.size"), "2");
    for (const auto& [key, value] : span->attributes) EXPECT_EQ(span->text(key)->find("secret"), std::string::npos) << key;
}

TEST_F(SqliteStoreTest, a_shared_commit_is_one_span_that_its_units_and_it_link_to) {
    std::vector<Unit> units;
    for (std::int64_t id = 1; id <= 3; ++id) units.push_back(new_user(id));
    units.push_back(new_user(1));
    store_.run(write_together(store_.database(), store_.ctx(), std::move(units)));
    std::vector<telemetry::CollectedSpans::Record> inserts;
    std::vector<telemetry::CollectedSpans::Record> commits;
    for (const auto& span : store_.telemetry().spans.spans()) {
        if (span.name == "INSERT users") inserts.push_back(span);
        if (span.name == "COMMIT") commits.push_back(span);
    }
    ASSERT_EQ(inserts.size(), 4U);
    ASSERT_EQ(commits.size(), 1U);
    const auto& commit = commits[0];
    EXPECT_EQ(commit.kind, telemetry::SpanKind::client);
    EXPECT_EQ(commit.text("db.operation.batch.size"), "3");
    EXPECT_EQ(commit.text("db.query.text"), "COMMIT");
    EXPECT_EQ(commit.parent, inserts[0].trace.span_id);
    EXPECT_EQ(commit.trace.trace_id, inserts[0].trace.trace_id);
    EXPECT_GE(commit.start, inserts[0].start);
    EXPECT_LE(*commit.end, *inserts[0].end);
    ASSERT_EQ(commit.links.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(commit.links[i].span_id, inserts[i].trace.span_id);
        ASSERT_EQ(inserts[i].links.size(), 1U);
        EXPECT_EQ(inserts[i].links[0].span_id, commit.trace.span_id);
    }
    EXPECT_TRUE(inserts[3].links.empty());
}

TEST_F(SqliteStoreTest, a_unit_that_is_committed_alone_has_no_span_for_that) {
    ASSERT_TRUE(store_.write(new_user(1)));
    EXPECT_EQ(store_.telemetry().spans.find("COMMIT"), nullptr);
}

TEST_F(SqliteStoreTest, a_failed_unit_fails_its_span) {
    ASSERT_TRUE(store_.write(new_user(1)));
    ASSERT_FALSE(store_.write(new_user(1)));
    const auto& span = store_.telemetry().spans.spans().back();
    EXPECT_TRUE(span.failure);
    EXPECT_EQ(span.text("error.type"), "ALREADY_EXISTS");
}

Task<void> write_and_report(StoreFixture& store, int pipe, std::int64_t first) {
    for (std::int64_t id = first;; ++id) {
        auto writing = store.database().write(store.ctx(), new_user(id));
        if (!co_await std::move(writing)) ::_exit(1);
        if (::write(pipe, &id, sizeof id) != sizeof id) ::_exit(1);
    }
}

/// Runs in its own process until it is killed.
[[noreturn]] void write_until_killed(const std::string& url, int pipe) {
    StoreFixture store{url};
    Gate gate;
    store.loop().post([&] {
        for (std::int64_t i = 0; i < 8; ++i) spawn(gate, write_and_report(store, pipe, i * 1'000'000));
    });
    store.loop().run();
    ::_exit(1);
}

TEST(SqliteDurability, what_was_acknowledged_survives_a_kill) {
    const TestFolder folder;
    const auto url = "sqlite:" + folder / "store.db";
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(url, pipe[1]);
    ::close(pipe[1]);

    std::set<std::int64_t> acknowledged;
    std::int64_t id = 0;
    while (::read(pipe[0], &id, sizeof id) == sizeof id) {
        acknowledged.insert(id);
        if (acknowledged.size() == 300) ::kill(child, SIGKILL);
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_GE(acknowledged.size(), 300U);

    StoreFixture store{url};
    const auto rows = store.run(store.database().query(store.ctx(), kListUsers));
    ASSERT_TRUE(rows);
    for (const auto& row : *rows) acknowledged.erase(row.get<std::int64_t>(0));
    EXPECT_TRUE(acknowledged.empty());
}

/// Opens the database in its own process, reports that, and stays until it is killed.
[[noreturn]] void open_until_killed(const std::string& url, int pipe) {
    const StoreFixture store{url};
    if (::write(pipe, "x", 1) != 1) ::_exit(1);
    while (true) ::pause();
}

TEST(SqliteExclusiveUse, a_second_process_is_refused_until_the_first_is_gone) {
    const TestFolder folder;
    const auto url = "sqlite:" + folder / "store.db";
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) open_until_killed(url, pipe[1]);
    char opened = 0;
    ASSERT_EQ(::read(pipe[0], &opened, 1), 1);

    WorkerPool workers{1};
    const auto refused = open_store(url, workers);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_THAT(refused.error().detail(), testing::HasSubstr("another process uses it"));

    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    EXPECT_TRUE(open_store(url, workers));
}

}  // namespace
}  // namespace tw::sql
