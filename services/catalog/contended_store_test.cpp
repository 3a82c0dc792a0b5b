// Other writers change the rows before StockReservations does.
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/catalog/schema.hpp"
#include "services/catalog/stock_reservations.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

/// A database that refuses its next writes with an error that the test sets.
class RefusingDatabase final : public sql::Database {
 public:
    explicit RefusingDatabase(sql::Database& database) : database_{database} {}

    void refuse(Error error) { refusals_.push_back(std::move(error)); }
    int writes() const { return writes_; }

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override {
        ++writes_;
        if (!refusals_.empty()) {
            auto refusal = std::move(refusals_.front());
            refusals_.pop_front();
            co_return refusal;
        }
        co_return co_await database_.write(ctx, std::move(unit));
    }
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override {
        return database_.transaction(ctx, std::move(body));
    }

 private:
    Task<Result<std::optional<sql::Row>>> do_query_row(const CallContext& ctx, const sql::Statement& statement,
                                                       std::vector<sql::Value> parameters) override {
        auto rows = co_await do_query(ctx, statement, std::move(parameters));
        if (!rows) co_return std::move(rows).error();
        if (rows->empty()) co_return std::optional<sql::Row>{};
        co_return std::optional{std::move(rows->front())};
    }
    /// Passes the parameters on. The statements here have at most four.
    Task<Result<sql::Rows>> do_query(const CallContext& ctx, const sql::Statement& statement,
                                     std::vector<sql::Value> parameters) override {
        switch (parameters.size()) {
            case 1:
                return database_.query(ctx, statement, parameters[0]);
            case 4:
                return database_.query(ctx, statement, parameters[0], parameters[1], parameters[2], parameters[3]);
            default:
                return database_.query(ctx, statement);
        }
    }

    sql::Database& database_;
    std::deque<Error> refusals_;
    int writes_ = 0;
};

class ContendedStoreTest : public testing::Test {
 protected:
    void SetUp() override {
        std::vector<Product> one{{.id = id_,
                                  .name = "Cup",
                                  .description = "",
                                  .price = Money{1, *Currency::parse("EUR")},
                                  .status = ProductStatus::active,
                                  .stock = {.on_hand = 5, .reserved = 0}}};
        ASSERT_TRUE(db_.run(products_.insert(db_.context(), std::move(one))));
    }
    Result<Reservation> reserve() {
        std::vector<LineRequest> lines{{"prod-1", 2}};
        return db_.run(reservations_.reserve(db_.context(), order_, std::move(lines), std::chrono::seconds{60}));
    }
    Result<Reservation> end(ReservationEvent event) { return db_.run(reservations_.end(db_.context(), order_, event)); }
    Stock stock() { return (*db_.run(products_.find(db_.context(), id_)))->stock; }
    static Error missing_row() { return Error{Code::failed_precondition, "ROWS_UNEXPECTED", "another was quicker"}; }
    static Error sold_out() {
        return Error{Code::failed_precondition, "CHECK_VIOLATION", ""}.with_cause("constraint \"stock_reserved_check\": no");
    }

    test::TemporaryDatabase db_{"sqlite::memory:", schema()};
    RefusingDatabase refusing_{db_.database()};
    test::FakeClock clock_;
    Random random_{1};
    ProductStore products_{refusing_, db_.telemetry()};
    ReservationStore reservation_store_{refusing_, db_.telemetry()};
    StockReservations reservations_{products_, reservation_store_, clock_, random_, db_.telemetry().meter};
    const ProductId id_ = *ProductId::parse("prod-1");
    const OrderId order_{Uuid{}};
};

TEST_F(ContendedStoreTest, an_end_that_was_contended_once_is_tried_again) {
    ASSERT_TRUE(reserve());
    refusing_.refuse(missing_row());
    const auto released = end(ReservationEvent::release);
    ASSERT_TRUE(released);
    EXPECT_EQ(released->status, ReservationStatus::released);
    EXPECT_EQ(stock().reserved, 0);
}

TEST_F(ContendedStoreTest, an_end_that_stays_contended_says_so_after_three_attempts) {
    ASSERT_TRUE(reserve());
    const auto before = refusing_.writes();
    for (int i = 0; i < 3; ++i) refusing_.refuse(missing_row());
    const auto released = end(ReservationEvent::release);
    ASSERT_FALSE(released);
    EXPECT_EQ(released.error().reason(), "CONTENDED");
    EXPECT_EQ(refusing_.writes(), before + 3);
    EXPECT_EQ(stock().reserved, 2);
}

TEST_F(ContendedStoreTest, a_reservation_whose_stock_was_contended_once_is_tried_again) {
    refusing_.refuse(sold_out());
    ASSERT_TRUE(reserve());
    EXPECT_EQ(stock().reserved, 2);
}

TEST_F(ContendedStoreTest, a_reservation_whose_stock_stays_contended_says_so_after_three_attempts) {
    const auto before = refusing_.writes();
    for (int i = 0; i < 3; ++i) refusing_.refuse(sold_out());
    const auto reserved = reserve();
    ASSERT_FALSE(reserved);
    EXPECT_EQ(reserved.error().reason(), "CONTENDED");
    EXPECT_EQ(refusing_.writes(), before + 3);
}

TEST_F(ContendedStoreTest, a_failure_of_another_kind_is_told_at_once) {
    refusing_.refuse(Error{Code::unavailable, "DATABASE_BUSY", "busy"});
    EXPECT_EQ(reserve().error().reason(), "DATABASE_BUSY");
    ASSERT_TRUE(reserve());
    refusing_.refuse(Error{Code::unavailable, "DATABASE_BUSY", "busy"});
    EXPECT_EQ(end(ReservationEvent::release).error().reason(), "DATABASE_BUSY");
    EXPECT_EQ(stock().reserved, 2);
}

TEST_F(ContendedStoreTest, a_sweep_goes_on_where_others_were_quicker) {
    ASSERT_TRUE(reserve());
    clock_.advance(std::chrono::seconds{60});
    refusing_.refuse(missing_row());
    auto swept = db_.run(reservations_.expire_overdue(db_.context()));
    ASSERT_TRUE(swept);
    EXPECT_EQ(swept->expired, 0);
    EXPECT_EQ(swept->failed, 0);
    EXPECT_EQ(db_.run(reservations_.expire_overdue(db_.context()))->expired, 1);
}

/// The store itself refuses, although nobody has read the status before.
TEST_F(ContendedStoreTest, a_reservation_that_is_not_held_any_more_cannot_be_ended_again) {
    const auto reserved = reserve();
    ASSERT_TRUE(reserved);
    ASSERT_TRUE(end(ReservationEvent::commit));
    auto released = *reserved;
    released.status = ReservationStatus::released;
    const auto again = db_.run(reservation_store_.move(db_.context(), released, {}));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason(), "CONTENDED");
    EXPECT_EQ(stock().on_hand, 3);
    EXPECT_EQ(db_.run(reservation_store_.find(db_.context(), order_)).value()->status, ReservationStatus::committed);
}

}  // namespace
}  // namespace tw::catalog
