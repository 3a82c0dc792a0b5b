#include "kit/durable/flows_fixture.hpp"
#include "kit/durable/reasons.hpp"
#include "kit/sql/reasons.hpp"

namespace tw::durable {
namespace {

constexpr sql::Statement kAddAccount{"INSERT test_accounts", "INSERT INTO test_accounts (id, balance) VALUES ($1, $2)"};
constexpr sql::Statement kReadBalance{"SELECT test_accounts", "SELECT balance FROM test_accounts WHERE id = $1"};
constexpr sql::Statement kSetBalance{.summary = "UPDATE test_accounts",
                                     .text = "UPDATE test_accounts SET balance = $3 WHERE id = $1 AND balance = $2",
                                     .row_of = "test_accounts"};

constexpr std::array kSqliteTables{
    sql::Migration{1, "accounts", "CREATE TABLE test_accounts (id TEXT NOT NULL PRIMARY KEY, balance INTEGER NOT NULL) STRICT"}};
constexpr std::array kPostgresTables{
    sql::Migration{1, "accounts", "CREATE TABLE test_accounts (id text NOT NULL PRIMARY KEY, balance bigint NOT NULL)"}};
constexpr std::array kUsed{&schema};
constexpr sql::Schema kBankSchema{.name = "bank", .sqlite = kSqliteTables, .postgres = kPostgresTables, .uses = kUsed};

/// Flows that change a table of their own database.
class CommitTest : public testing::TestWithParam<std::string_view>, public FlowsFixture {
 protected:
    CommitTest() : FlowsFixture{GetParam()} {
        db_.store().migrate(kBankSchema).value();
        sql::Unit unit;
        unit.add(kAddAccount, "ann", 10);
        run(db_.database().write(db_.context(), std::move(unit))).value();
    }

    Task<Result<std::int64_t>> balance(const CallContext& ctx) {
        const auto row = co_await db_.database().query_row(ctx, kReadBalance, "ann");
        if (!row) co_return row.error();
        co_return (**row).get<std::int64_t>(0);
    }
    /// Reads the balance and sets it to what `amount` makes of it.
    Task<Result<Change<std::int64_t>>> add(const CallContext& ctx, std::int64_t amount) {
        ++decisions_;
        const auto before = co_await balance(ctx);
        if (!before) co_return before.error();
        if (const auto other = std::exchange(meanwhile_, nullptr)) co_await other(ctx);
        if (*before + amount < 0) co_return Error{Code::failed_precondition, "NO_FUNDS", "there is too little money"};
        Change<std::int64_t> change{.unit = {}, .answer = *before + amount};
        change.unit.add_one_row(kSetBalance, "ann", *before, *before + amount);
        co_return change;
    }
    Task<bool> set_balance_of_others(std::int64_t from, std::int64_t to) {
        co_await set_balance(db_.context(), from, to);
        co_return true;
    }
    Task<void> set_balance(const CallContext& ctx, std::int64_t from, std::int64_t to) {
        sql::Unit unit;
        unit.add_one_row(kSetBalance, "ann", from, to);
        EXPECT_TRUE(co_await db_.database().write(ctx, std::move(unit)));
    }
    std::int64_t balance_now() { return run(balance(db_.context())).value(); }

    int decisions_ = 0;
    std::function<Task<void>(const CallContext&)> meanwhile_;
};

INSTANTIATE_TEST_SUITE_P(Engines, CommitTest, testing::ValuesIn(test::kDatabases));

TEST_P(CommitTest, a_change_and_its_answer_are_stored_together_and_once) {
    const auto code = [this](Flow& flow, std::string) -> Task<Result<std::string>> {
        const auto balance = co_await flow.commit("add", [this](const CallContext& ctx) { return add(ctx, 5); });
        // The flow is run again from here.
        std::ignore = co_await flow.wait_for("never", std::chrono::milliseconds{1});
        co_return std::to_string(*balance);
    };
    auto flows = replica(code);
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "flow-1")).value(), "15");
    EXPECT_EQ(balance_now(), 15);
    EXPECT_EQ(decisions_, 1);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(CommitTest, a_row_that_somebody_else_changed_is_read_again) {
    meanwhile_ = [this](const CallContext& ctx) { return set_balance(ctx, 10, 20); };
    auto flows = replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        const auto balance = co_await flow.commit("add", [this](const CallContext& ctx) { return add(ctx, 5); });
        co_return std::to_string(*balance);
    });
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "flow-1")).value(), "25");
    EXPECT_EQ(decisions_, 2);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(CommitTest, a_refusal_stays_although_the_change_would_be_possible_later) {
    auto flows = replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        const auto balance = co_await flow.commit("take", [this](const CallContext& ctx) { return add(ctx, -15); });
        std::ignore = co_await flow.wait_for("never", std::chrono::milliseconds{20});
        if (!balance) co_return balance.error();
        co_return "took";
    });
    flows->start();
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    run(until_state(*flows, "flow-1", State::waiting));
    run(set_balance_of_others(10, 100));
    EXPECT_EQ(run(wait(*flows, "flow-1")).error().reason(), "NO_FUNDS");
    EXPECT_EQ(balance_now(), 100);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(CommitTest, finish_ends_the_flow_in_the_transaction_of_the_change) {
    auto flows = replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        const auto balance = co_await flow.finish("add", [this](const CallContext& ctx) { return add(ctx, 5); });
        co_return std::to_string(*balance);
    });
    flows->start();
    const auto before = db_.store().stats().units;
    EXPECT_EQ(run(result_of(*flows, "flow-1")).value(), "15");
    // One unit starts the flow, and one makes the change and ends it.
    EXPECT_EQ(db_.store().stats().units - before, 2U);
    EXPECT_EQ(run(until_state(*flows, "flow-1", State::done)).result, "15");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(CommitTest, answers_that_are_stored_with_the_next_one_cost_no_commit) {
    auto flows = replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        auto options = quick_step();
        options.journal = Journal::with_next;
        for (const auto* name : {"one", "two", "three"}) {
            std::ignore = co_await flow.step(name, [&](const CallContext& ctx) { return bank_.move(ctx, name, 1); }, options);
        }
        const auto balance = co_await flow.finish("add", [this](const CallContext& ctx) { return add(ctx, 5); });
        co_return std::to_string(*balance);
    });
    flows->start();
    const auto before = db_.store().stats().units;
    EXPECT_EQ(run(result_of(*flows, "flow-1")).value(), "15");
    EXPECT_EQ(db_.store().stats().units - before, 2U);
    EXPECT_EQ(run(flows->store().steps(db_.context(), "flow-1")).value().size(), 4U);
    EXPECT_TRUE(run(stop(*flows)));
}

/// Flows whose database fails, or answers late, as the test says.
class FailingCommitTest : public CommitTest {
 protected:
    std::unique_ptr<Flows> failing_replica(std::function<Task<Result<std::string>>(Flow&, std::string)> code) {
        auto flows = std::make_unique<Flows>(db_.loop(), failing_, clock_, random_, db_.telemetry(), "replica", quick_options());
        flows->add_kind(flow_kind<std::string, std::string>("test", std::move(code)));
        return flows;
    }
    test::FailingDatabase failing_{db_.database()};
};

INSTANTIATE_TEST_SUITE_P(Engines, FailingCommitTest, testing::ValuesIn(test::kDatabases));

TEST_P(FailingCommitTest, a_commit_whose_answer_is_lost_is_not_made_twice) {
    for (const bool done : {false, true}) {
        auto flows = failing_replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
            failing_.write_error = unavailable("the connection is lost").with_outcome_open(true);
            failing_.failures_left = 3;
            const auto balance = co_await flow.commit("add", [this](const CallContext& ctx) { return add(ctx, 5); });
            co_return std::to_string(*balance);
        });
        failing_.done_nevertheless = done;
        const auto before = balance_now();
        ASSERT_TRUE(run(begin(*flows, done ? "flow-done" : "flow-not-done", {})));
        EXPECT_EQ(run(wait(*flows, done ? "flow-done" : "flow-not-done")).value(), std::to_string(before + 5));
        EXPECT_EQ(balance_now(), before + 5);
        failing_.write_error.reset();
        flows->start();
        EXPECT_TRUE(run(stop(*flows)));
    }
}

TEST_P(FailingCommitTest, a_commit_whose_answer_comes_late_is_no_refusal_of_its_repetition) {
    failing_.done_late = true;
    auto flows = failing_replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        failing_.write_error = unavailable("the connection is lost").with_outcome_open(true);
        failing_.failures_left = 1;
        const auto opened = co_await flow.commit("open", [](const CallContext&) -> Task<Result<Change<std::string>>> {
            Change<std::string> change{.unit = {}, .answer = "opened"};
            change.unit.add(kAddAccount, "bob", 1);
            co_return change;
        });
        co_return opened;
    });
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    EXPECT_EQ(run(wait(*flows, "flow-1")).value(), "opened");
    failing_.write_error.reset();
    flows->start();
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FailingCommitTest, a_write_that_was_cut_off_before_it_was_sent_is_repeated) {
    auto flows = failing_replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        failing_.write_error = deadline_exceeded().with_outcome_open(false);
        failing_.failures_left = 2;
        const auto balance = co_await flow.commit("add", [this](const CallContext& ctx) { return add(ctx, 5); });
        co_return std::to_string(*balance);
    });
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    EXPECT_EQ(run(wait(*flows, "flow-1")).value(), "15");
    failing_.write_error.reset();
    flows->start();
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FailingCommitTest, an_answer_that_could_not_be_stored_for_long_is_given_up_with_the_lease) {
    auto first = failing_replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        failing_.write_error = unavailable("the database is gone");
        failing_.failures_left = 1'000'000;
        std::ignore = co_await flow.step("once", [this](const CallContext& ctx) { return bank_.move(ctx, "once", 1); });
        co_return "first";
    });
    auto second = replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        std::ignore = co_await flow.step("once", [this](const CallContext& ctx) { return bank_.move(ctx, "once", 1); });
        co_return "second";
    });
    first->start();
    ASSERT_TRUE(run(begin(*first, "flow-1", {})));
    second->start();
    EXPECT_EQ(run(wait(*second, "flow-1")).value(), "second");
    EXPECT_EQ(bank_.calls["once"], 2);
    // Now that its database answers again, the first replica finds out that it has lost the flow.
    failing_.write_error.reset();
    EXPECT_TRUE(run(stop(*first)));
    EXPECT_TRUE(run(stop(*second)));
    EXPECT_EQ(run(second->store().find(db_.context(), "flow-1")).value()->result, "second");
}

}  // namespace
}  // namespace tw::durable
