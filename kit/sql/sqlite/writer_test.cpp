#include "kit/sql/sqlite/writer.hpp"

#include "kit/sql/store_fixture.hpp"

#include <array>

namespace tw::sql {
namespace {

constexpr Statement kInsertNote{"INSERT notes", "INSERT INTO notes (id) VALUES ($1)"};
constexpr Statement kCountNotes{"SELECT notes", "SELECT count(*) FROM notes"};

class WriterTest : public testing::Test {
 protected:
    WriterTest() {
        EXPECT_TRUE(writer_.do_exclusively(
            [](Connection& connection) { EXPECT_TRUE(connection.run_script("CREATE TABLE notes (id INTEGER)")); }));
    }
    // The outcome of a unit is kept for a loop that never runs here, so the inbox is closed.
    ~WriterTest() override { inbox_->close(); }

    std::shared_ptr<UnitJob> note(std::int64_t id) {
        Unit unit;
        unit.add(kInsertNote, id);
        return std::make_shared<UnitJob>(std::move(unit), inbox_, TraceContext{});
    }
    void submit(const std::shared_ptr<UnitJob>& job) {
        std::array work{Writer::Work{job}};
        writer_.submit(work);
    }
    /// Returns how many notes there are when all submitted work is done.
    std::int64_t notes() {
        std::int64_t count = 0;
        EXPECT_TRUE(writer_.do_exclusively(
            [&count](Connection& connection) { count = (*connection.query_row(kCountNotes))->get<std::int64_t>(0); }));
        return count;
    }

    TestFolder folder_;
    EventLoop loop_;
    std::shared_ptr<LoopInbox> inbox_ = std::make_shared<LoopInbox>(loop_);
    Writer writer_{std::move(Connection::open(folder_ / "store.db", Connection::Role::writer)).value()};
};

TEST_F(WriterTest, a_unit_that_is_given_up_before_the_writer_comes_to_it_is_not_written_and_not_open) {
    const auto job = note(1);
    EXPECT_FALSE(job->give_up());
    submit(job);
    EXPECT_EQ(notes(), 0);
    EXPECT_FALSE(job->outcome);
}

TEST_F(WriterTest, a_unit_that_is_given_up_after_the_writer_came_to_it_is_open) {
    const auto job = note(1);
    submit(job);
    EXPECT_EQ(notes(), 1);
    EXPECT_TRUE(job->give_up()) << "it was written, and the news is on its way";
}

}  // namespace
}  // namespace tw::sql
