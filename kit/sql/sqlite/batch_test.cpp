#include "kit/sql/sqlite/batch.hpp"

#include "kit/sql/store_fixture.hpp"

#include <filesystem>
#include <vector>

namespace tw::sql {
namespace {

constexpr Statement kInsertTask{"INSERT tasks", "INSERT INTO tasks (id, done) VALUES ($1, 0)"};
constexpr Statement kFinishTask{"UPDATE tasks", "UPDATE tasks SET done = 1 WHERE id = $1 AND done = 0"};

/// Units that share a commit which fails, because the file of the database is gone for a while.
class FailingCommitTest : public testing::Test {
 protected:
    FailingCommitTest() {
        EXPECT_TRUE(connection_->run_script("CREATE TABLE tasks (id INTEGER PRIMARY KEY, done INTEGER)"));
        EXPECT_TRUE(connection_->run_script("INSERT INTO tasks (id, done) VALUES (1, 0), (2, 1)"));
    }
    ~FailingCommitTest() override { inbox_->close(); }

    std::shared_ptr<UnitJob> finish(std::int64_t id) {
        Unit unit;
        unit.add_one_row(kFinishTask, id);
        return std::make_shared<UnitJob>(std::move(unit), inbox_, TraceContext{});
    }
    std::shared_ptr<UnitJob> insert(std::int64_t id) {
        Unit unit;
        unit.add(kInsertTask, id);
        return std::make_shared<UnitJob>(std::move(unit), inbox_, TraceContext{});
    }
    /// Returns the reasons of the units' errors, after a commit that failed.
    std::vector<std::string> fail_together(const std::vector<std::shared_ptr<UnitJob>>& jobs) {
        const auto away = folder_ / "away.db";
        std::filesystem::rename(path_, away);
        EXPECT_EQ(commit_units(*connection_, jobs), 0U);
        std::filesystem::rename(away, path_);
        std::vector<std::string> reasons;
        for (const auto& job : jobs) reasons.push_back(*job->outcome ? "" : job->outcome->error().reason());
        return reasons;
    }

    TestFolder folder_;
    std::string path_ = folder_ / "store.db";
    EventLoop loop_;
    std::shared_ptr<LoopInbox> inbox_ = std::make_shared<LoopInbox>(loop_);
    std::unique_ptr<Connection> connection_ = std::move(Connection::open(path_, Connection::Role::writer)).value();
};

TEST_F(FailingCommitTest, a_unit_is_not_refused_because_of_another_one_that_was_not_committed) {
    const std::vector<std::string> failed{"STORAGE_FAILED", "STORAGE_FAILED"};
    EXPECT_EQ(fail_together({finish(1), finish(1)}), failed);
    EXPECT_EQ(fail_together({insert(3), insert(3)}), failed);
    // Nothing was done, so each of them may be done now.
    const std::vector jobs{finish(1), insert(3)};
    EXPECT_EQ(commit_units(*connection_, jobs), 1U);
    for (const auto& job : jobs) EXPECT_TRUE(*job->outcome);
}

TEST_F(FailingCommitTest, a_unit_that_is_refused_alone_stays_refused) {
    const std::vector<std::string> outcomes{"ROWS_UNEXPECTED", "STORAGE_FAILED", "ROWS_UNEXPECTED", "UNIQUE_VIOLATION"};
    EXPECT_EQ(fail_together({finish(2), finish(1), finish(2), insert(2)}), outcomes);
}

}  // namespace
}  // namespace tw::sql
