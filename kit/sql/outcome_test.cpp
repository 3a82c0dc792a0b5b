// Tests that every error of a write says truthfully whether its effect may have taken place.
#include "kit/sql/store_fixture.hpp"

namespace tw::sql {
namespace {

class OutcomeTest : public testing::TestWithParam<Engine> {
 protected:
    TestFolder folder_;
    StoreFixture store_{GetParam().url(folder_)};
    Database& database_ = store_.database();
};

INSTANTIATE_TEST_SUITE_P(Engines, OutcomeTest, testing::ValuesIn(engines()), [](const auto& info) { return info.param.name; });

constexpr Statement kWrong{"INSERT nothing", "INSERT INTO nowhere VALUES (1)"};

TEST_P(OutcomeTest, a_unit_that_was_rolled_back_is_not_open_whatever_its_code) {
    ASSERT_TRUE(store_.write(new_user(1)));
    Unit wrong = new_user(2);
    wrong.add(kWrong);
    Unit refused = new_user(2);
    refused.add_one_row(kSetAge, 9, 9);
    Unit orphan = new_user(2);
    orphan.add(kInsertPet, 1, "Rex", 999);
    std::vector<Unit> units;
    units.push_back(std::move(wrong));
    units.push_back(std::move(refused));
    units.push_back(std::move(orphan));
    units.push_back(new_user(1));
    for (auto& unit : units) {
        const auto outcome = store_.write(std::move(unit));
        ASSERT_FALSE(outcome);
        EXPECT_FALSE(outcome.error().outcome_open()) << outcome.error().reason();
    }
    EXPECT_EQ(store_.count(), 1);
}

TEST_P(OutcomeTest, units_of_one_commit_that_are_rolled_back_are_not_open) {
    std::vector<Unit> units;
    for (int id = 1; id <= 3; ++id) {
        units.push_back(new_user(id));
        units.back().add(kWrong);
    }
    for (const auto& outcome : store_.run(write_together(database_, store_.ctx(), std::move(units)))) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code(), Code::internal);
        EXPECT_FALSE(outcome.error().outcome_open());
    }
    EXPECT_EQ(store_.count(), 0);
}

TEST_P(OutcomeTest, what_is_not_begun_for_a_call_that_is_over_is_not_open) {
    RootCall call{store_.loop()};
    call.scope().cancel(cancelled());
    EXPECT_FALSE(store_.run(database_.write(call.context(), new_user(1))).error().outcome_open());
    auto body = Database::Body{[](Transaction&) -> Task<Result<void>> { co_return Result<void>{}; }};
    EXPECT_FALSE(store_.run(database_.transaction(call.context(), std::move(body))).error().outcome_open());
}

TEST_P(OutcomeTest, a_read_that_fails_leaves_nothing_open) {
    static constexpr Statement kWrongRead{"SELECT nothing", "SELECT nothing FROM nowhere"};
    EXPECT_FALSE(store_.run(database_.query(store_.ctx(), kWrongRead)).error().outcome_open());
    EXPECT_FALSE(store_.run(database_.query_row(store_.ctx(), kWrongRead)).error().outcome_open());
}

TEST_P(OutcomeTest, a_transaction_that_was_rolled_back_is_not_open_whatever_its_body_says) {
    const auto fail = [this](Transaction& transaction) -> Task<Result<void>> {
        auto inserting = transaction.execute(store_.ctx(), kInsertUser, 1, "a", Value{Null{}}, 0, 0.0);
        EXPECT_TRUE(co_await std::move(inserting));
        co_return internal("a broken invariant");
    };
    const auto failed = store_.run(database_.transaction(store_.ctx(), Database::Body{fail}));
    EXPECT_EQ(failed.error().code(), Code::internal);
    EXPECT_FALSE(failed.error().outcome_open());

    RootCall hasty{store_.loop(), Deadline::after(store_.loop().now(), std::chrono::milliseconds{20})};
    const auto outstay = [&](Transaction& transaction) -> Task<Result<void>> {
        auto inserting = transaction.execute(hasty.context(), kInsertUser, 1, "a", Value{Null{}}, 0, 0.0);
        EXPECT_TRUE(co_await std::move(inserting));
        while (!hasty.context().over()) co_await hop_to(store_.loop());
        co_return Result<void>{};
    };
    const auto late = store_.run(database_.transaction(hasty.context(), Database::Body{outstay}));
    EXPECT_EQ(late.error().code(), Code::deadline_exceeded);
    EXPECT_FALSE(late.error().outcome_open());
    EXPECT_EQ(store_.count(), 0);
}

/// The COMMIT here is sent by itself, after the statements, and is refused.
TEST_P(OutcomeTest, a_transaction_that_its_commit_refuses_is_not_open) {
    const auto orphan = [this](Transaction& transaction) -> Task<Result<void>> {
        auto inserting = transaction.execute(store_.ctx(), kInsertPet, 1, "Rex", 999);
        EXPECT_TRUE(co_await std::move(inserting));
        co_return Result<void>{};
    };
    const auto refused = store_.run(database_.transaction(store_.ctx(), Database::Body{orphan}));
    EXPECT_EQ(refused.error().reason(), "FOREIGN_KEY_VIOLATION");
    EXPECT_FALSE(refused.error().outcome_open());
}

}  // namespace
}  // namespace tw::sql
