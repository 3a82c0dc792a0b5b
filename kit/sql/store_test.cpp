#include "kit/sql/store.hpp"

#include "kit/async/loop_group.hpp"
#include "kit/sql/store_fixture.hpp"

#include <latch>

namespace tw::sql {
namespace {

class StoreTest : public testing::TestWithParam<Engine> {
 protected:
    TestFolder folder_;
    /// The statement by which a transaction makes all other writes wait.
    static const Statement& lock() { return GetParam().name == "postgresql" ? kLockUsers : kHoldAnything; }

    StoreFixture store_{GetParam().url(folder_)};
    Database& database_ = store_.database();
};

INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, testing::ValuesIn(engines()), [](const auto& info) { return info.param.name; });

TEST_P(StoreTest, what_was_written_is_read_back_with_its_types) {
    const std::string odd{"Zoë \xF0\x9F\x90\xB1 'quoted' \"too\"; --"};
    Unit unit;
    unit.add(kInsertUser, 7, odd, std::optional<std::string>{}, std::numeric_limits<std::int64_t>::max(), 2.25);
    ASSERT_TRUE(store_.write(std::move(unit)));

    const auto row = store_.run(database_.query_row(store_.ctx(), kFindUser, 7));
    ASSERT_TRUE(row && *row);
    EXPECT_EQ((*row)->get<std::int64_t>(0), 7);
    EXPECT_EQ((*row)->get<std::string>(1), odd);
    EXPECT_EQ((*row)->get<std::optional<std::string>>(2), std::nullopt);
    EXPECT_EQ((*row)->get<std::int64_t>(3), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ((*row)->get<double>(4), 2.25);
}

TEST_P(StoreTest, a_look_up_that_finds_nothing_is_no_error) {
    const auto row = store_.run(database_.query_row(store_.ctx(), kFindUser, 7));
    ASSERT_TRUE(row);
    EXPECT_FALSE(*row);
}

TEST_P(StoreTest, a_scan_sees_everything_acknowledged_before) {
    for (std::int64_t id = 1; id <= 20; ++id) {
        ASSERT_TRUE(store_.write(new_user(id)));
        const auto rows = store_.run(database_.query(store_.ctx(), kListUsers));
        ASSERT_TRUE(rows);
        ASSERT_EQ(rows->size(), static_cast<std::size_t>(id));
        EXPECT_EQ(rows->back().get<std::int64_t>(0), id);
    }
}

TEST_P(StoreTest, units_that_wait_together_share_a_commit) {
    std::vector<Unit> units;
    for (int id = 1; id <= 100; ++id) units.push_back(new_user(id));
    const auto before = store_.store().stats();
    for (const auto& outcome : store_.run(write_together(database_, store_.ctx(), std::move(units)))) EXPECT_TRUE(outcome);
    const auto after = store_.store().stats();
    EXPECT_EQ(after.units - before.units, 100U);
    EXPECT_EQ(after.commits - before.commits, 1U);
    EXPECT_EQ(store_.count(), 100);
}

TEST_P(StoreTest, a_unit_that_fails_in_a_shared_commit_fails_alone) {
    std::vector<Unit> units;
    units.push_back(new_user(1));
    units.push_back(new_user(1));
    // The second statement of this unit fails and undoes the first.
    Unit half = new_user(2);
    half.add(kInsertUser, 1, "other", Value{Null{}}, 0, 0.0);
    units.push_back(std::move(half));
    Unit none = new_user(3);
    none.add_one_row(kSetAge, 999, 1);
    units.push_back(std::move(none));
    units.push_back(new_user(4));

    const auto outcomes = store_.run(write_together(database_, store_.ctx(), std::move(units)));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().reason(), "UNIQUE_VIOLATION");
    EXPECT_EQ(outcomes[2].error().reason(), "UNIQUE_VIOLATION");
    EXPECT_EQ(outcomes[3].error().reason(), "ROWS_UNEXPECTED");
    EXPECT_TRUE(outcomes[4]);
    const auto rows = store_.run(database_.query(store_.ctx(), kListUsers));
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ((*rows)[0].get<int>(0), 1);
    EXPECT_EQ((*rows)[1].get<int>(0), 4);
}

TEST_P(StoreTest, a_unit_that_only_the_commit_refuses_fails_alone) {
    Unit orphan;
    orphan.add(kInsertPet, 1, "Rex", 999);
    std::vector<Unit> units;
    units.push_back(new_user(1));
    units.push_back(std::move(orphan));
    units.push_back(new_user(2));
    const auto outcomes = store_.run(write_together(database_, store_.ctx(), std::move(units)));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().code(), Code::failed_precondition);
    EXPECT_EQ(outcomes[1].error().reason(), "FOREIGN_KEY_VIOLATION");
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(store_.count(), 2);
}

TEST_P(StoreTest, a_conditional_update_that_matches_nothing_is_refused) {
    ASSERT_TRUE(store_.write(new_user(1)));
    Unit unit;
    unit.add_one_row(kSetAge, 2, 30);
    const auto refused = store_.write(std::move(unit));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "ROWS_UNEXPECTED");
}

TEST_P(StoreTest, a_violated_constraint_is_known_by_its_name) {
    Unit first;
    first.add(kInsertUser, 1, "Ann@example.com", "ann", 1, 0.0);
    ASSERT_TRUE(store_.write(std::move(first)));

    const auto refused = [&](auto... values) {
        Unit unit;
        unit.add(kInsertUser, values...);
        return store_.write(std::move(unit)).error();
    };
    const auto by_key = refused(1, "b", "b", 1, 0.0);
    EXPECT_EQ(by_key.code(), Code::already_exists);
    EXPECT_EQ(by_key.reason(), "UNIQUE_VIOLATION");
    EXPECT_TRUE(violates(by_key, "users_pkey"));
    EXPECT_FALSE(violates(by_key, "users"));
    EXPECT_TRUE(violates(refused(2, "b", "ann", 1, 0.0), "users_folded_key"));
    EXPECT_TRUE(violates(refused(2, "aNN@example.com", "b", 1, 0.0), "users_lower_email_key"));
    const auto by_check = refused(2, "b", "b", -1, 0.0);
    EXPECT_EQ(by_check.code(), Code::failed_precondition);
    EXPECT_EQ(by_check.reason(), "CHECK_VIOLATION");
    EXPECT_TRUE(violates(by_check, "users_age_check"));
    EXPECT_EQ(refused(2, Value{Null{}}, "b", 1, 0.0).reason(), "NOT_NULL_VIOLATION");
}

TEST_P(StoreTest, a_key_of_several_columns_is_known_by_its_name) {
    Unit twice;
    twice.add(kInsertPet, 1, "Rex", Value{Null{}});
    twice.add(kInsertPet, 1, "Rex", Value{Null{}});
    EXPECT_TRUE(violates(store_.write(std::move(twice)).error(), "pets_pkey"));
}

TEST_P(StoreTest, a_wrong_statement_is_internal) {
    static constexpr Statement kWrong{"SELECT nothing", "SELECT nothing FROM nowhere"};
    EXPECT_EQ(store_.run(database_.query(store_.ctx(), kWrong)).error().code(), Code::internal);
    EXPECT_EQ(store_.run(database_.query_row(store_.ctx(), kWrong)).error().code(), Code::internal);
    Unit unit;
    unit.add(kWrong);
    EXPECT_EQ(store_.write(std::move(unit)).error().code(), Code::internal);
}

TEST_P(StoreTest, a_unit_without_statements_succeeds) { EXPECT_TRUE(store_.write(Unit{})); }

TEST_P(StoreTest, nothing_is_done_for_a_call_that_is_over) {
    RootCall call{store_.loop()};
    call.scope().cancel(cancelled());
    EXPECT_EQ(store_.run(database_.write(call.context(), new_user(1))).error().code(), Code::cancelled);
    EXPECT_EQ(store_.run(database_.query(call.context(), kListUsers)).error().code(), Code::cancelled);
    EXPECT_EQ(store_.run(database_.query_row(call.context(), kCountUsers)).error().code(), Code::cancelled);
    EXPECT_EQ(store_.count(), 0);
}

Task<Result<void>> cancel_while_waiting(Database& database, const CallContext& ctx, const Statement& holding) {
    OneShot<bool> release;
    OneShot<bool> held;
    Gate gate;
    const auto hold = [](Database& database, const CallContext& ctx, const Statement& statement, OneShot<bool>& release,
                         OneShot<bool>& held) -> Task<void> {
        auto body =
            Database::Body{[&](Transaction& transaction) { return hold_until(transaction, ctx, statement, release, held); }};
        auto holding = database.transaction(ctx, std::move(body));
        EXPECT_TRUE(co_await std::move(holding));
    };
    const auto write_before = [](Database& database, const CallContext& ctx) -> Task<void> {
        Unit unit;
        unit.add(kSetAge, 1, 1);
        auto writing = database.write(ctx, std::move(unit));
        EXPECT_TRUE(co_await std::move(writing));
    };
    spawn(gate, hold(database, ctx, holding, release, held));
    co_await held;
    // The commit of the first unit is under way and has to wait. The other unit is queued behind
    // it.
    spawn(gate, write_before(database, ctx));
    co_await hop_to(ctx.loop());
    co_await hop_to(ctx.loop());
    RootCall call{ctx.loop()};
    const auto cancel_later = [](EventLoop& loop, RootCall& call) -> Task<void> {
        co_await hop_to(loop);
        co_await hop_to(loop);
        call.scope().cancel(cancelled());
    };
    spawn(gate, cancel_later(ctx.loop(), call));
    auto writing = database.write(call.context(), new_user(1));
    auto outcome = co_await std::move(writing);
    // The writer may continue only now.
    release.set(true);
    co_await close_and_wait(gate);
    co_return outcome;
}

TEST_P(StoreTest, a_unit_that_is_given_up_while_it_waits_returns_at_once_and_is_not_written) {
    const auto outcome = store_.run(cancel_while_waiting(database_, store_.ctx(), lock()));
    EXPECT_EQ(outcome.error().code(), Code::cancelled);
    EXPECT_FALSE(outcome.error().outcome_open()) << "it was never begun";
    ASSERT_TRUE(store_.write(new_user(2)));
    EXPECT_EQ(store_.count(), 1);
}

Task<void> write_users(Database& database, EventLoop& loop, std::int64_t first, int count, std::latch& done) {
    RootCall call{loop};
    for (int i = 0; i < count; ++i) {
        auto writing = database.write(call.context(), new_user(first + i));
        EXPECT_TRUE(co_await std::move(writing));
    }
    done.count_down();
}

TEST_P(StoreTest, loops_write_concurrently) {
    LoopGroup loops{2};
    TestTelemetry telemetry[2];
    std::unique_ptr<Database> databases[2];
    Gate gates[2];
    std::latch done{8};
    for (std::size_t i = 0; i < 2; ++i) {
        databases[i] = store_.store().connect(loops.at(i), telemetry[i].get());
        loops.at(i).post([&, i] {
            for (int task = 0; task < 4; ++task) {
                spawn(gates[i],
                      write_users(*databases[i], loops.at(i), static_cast<std::int64_t>(i) * 1000 + task * 100, 25, done));
            }
        });
    }
    loops.start();
    done.wait();
    loops.stop();
    for (auto& database : databases) database.reset();
    EXPECT_EQ(store_.count(), 200);
}

TEST(OpenStore, an_unknown_url_is_refused_naming_what_is_known) {
    WorkerPool workers{1};
    for (const auto* url : {"mysql://user:hunter2@host/x", "data.db", "", "sqlite:"}) {
        const auto store = open_store(url, workers);
        ASSERT_FALSE(store) << url;
        EXPECT_EQ(store.error().code(), Code::invalid_argument);
        EXPECT_NE(store.error().detail().find("sqlite:PATH"), std::string::npos);
        EXPECT_EQ(store.error().detail().find("hunter2"), std::string::npos);
    }
}

TEST(OpenStore, a_missing_folder_makes_it_unavailable) {
    WorkerPool workers{1};
    const TestFolder folder;
    const auto store = open_store("sqlite:" + folder / "missing/store.db", workers);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), Code::unavailable);
    EXPECT_NE(store.error().detail().find("missing/store.db"), std::string::npos);
}

}  // namespace
}  // namespace tw::sql
