#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/failing_database.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/order/orders_fixture.hpp"

#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

// Every step of an order fails in every way. What is reserved and which orders exist afterwards
// fits what the caller was told.
namespace tw::order {
namespace {

constexpr const char* kBuyer = "0190b6a0-0000-7000-8000-000000000001";

/// How a step ends.
enum class End : std::uint8_t { done, refused, unavailable, deadline, cancelled, lost };
constexpr End kEnds[] = {End::done, End::refused, End::unavailable, End::deadline, End::cancelled, End::lost};

const char* name_of(End end) {
    constexpr const char* kNames[] = {"done", "refused", "unavailable", "deadline", "cancelled", "lost"};
    return kNames[static_cast<std::size_t>(end)];
}

/// Whether the step has its effect. If the caller cannot know, it has the effect that does more
/// harm.
bool takes_effect(End end) { return end != End::refused && end != End::unavailable; }

/// Returns what the caller of the step is told. `refusal` is the error of a step that refuses.
std::optional<Error> error_of(End end, const Error& refusal) {
    switch (end) {
        case End::done:
            return std::nullopt;
        case End::refused:
            return refusal;
        case End::unavailable:
            return unavailable("connection refused");
        case End::deadline:
            return deadline_exceeded();
        case End::cancelled:
            return cancelled();
        case End::lost:
            return unavailable("went away before it answered").with_outcome_open(true);
    }
    return std::nullopt;
}

const Error kNoUser = not_found("user", kBuyer);
const Error kNoStock{Code::failed_precondition, "OUT_OF_STOCK", "there is not enough stock"};
const Error kNotReleased{Code::failed_precondition, "RESERVATION_CLOSED", "the reservation was committed"};
const Error kNotInserted{Code::already_exists, "UNIQUE_VIOLATION", "it exists already"};

/// A catalogue that records what is reserved, and whose answers do not always say so.
class ReservingCatalog final : public FakeCatalog {
 public:
    End reserve_end = End::done;
    End release_end = End::done;
    std::set<std::string> reserved_orders;
    int releases = 0;
    std::function<void()> while_reserving = [] {};

    Task<Result<::catalog::Reservation>> reserve(const CallContext& ctx, const ::catalog::ReserveRequest& request) override {
        if (takes_effect(reserve_end)) reserved_orders.insert(request.order_id());
        while_reserving();
        if (auto error = error_of(reserve_end, kNoStock)) co_return std::move(*error);
        co_return co_await FakeCatalog::reserve(ctx, request);
    }
    Task<Result<::catalog::Reservation>> release(const CallContext& ctx, const ::catalog::ReleaseRequest& request) override {
        ++releases;
        if (takes_effect(release_end)) reserved_orders.erase(request.order_id());
        if (auto error = error_of(release_end, kNotReleased)) co_return std::move(*error);
        co_return co_await FakeCatalog::release(ctx, request);
    }
};

struct Ends {
    End user = End::done;
    End reserve = End::done;
    End insert = End::done;
    End release = End::done;
};

void PrintTo(const Ends& ends, std::ostream* out) {
    *out << "user " << name_of(ends.user) << ", reserve " << name_of(ends.reserve) << ", insert " << name_of(ends.insert)
         << ", release " << name_of(ends.release);
}

class OrderOutcomeTest : public testing::Test {
 protected:
    OrderOutcomeTest() {
        table_.add(users_, db_.telemetry());
        table_.add(catalog_, db_.telemetry());
        table_.add(payments_, db_.telemetry());
        replica_.start();
    }
    ~OrderOutcomeTest() override {
        database_.write_error.reset();
        db_.run(replica_.stop());
    }

    void arrange(const Ends& ends) {
        users_.error = error_of(ends.user, kNoUser);
        catalog_.reserve_end = ends.reserve;
        catalog_.release_end = ends.release;
        database_.write_error = error_of(ends.insert, kNotInserted);
        database_.done_nevertheless = takes_effect(ends.insert);
        catalog_.reserved_orders.clear();
        catalog_.releases = 0;
    }
    Result<::order::Order> create(const CallContext& ctx) {
        ::order::CreateOrderRequest request;
        request.set_user_id(kBuyer);
        request.set_product_id("prod-123");
        request.set_quantity(2);
        return db_.run(replica_.client().create_order(ctx, request));
    }
    Result<::order::Order> create() { return create(db_.context()); }
    Result<::order::Order> cancel(const std::string& id, std::chrono::milliseconds timeout = std::chrono::seconds{20}) {
        ::order::CancelOrderRequest request;
        request.set_id(id);
        RootCall call{db_.loop(), Deadline::after(db_.loop().now(), timeout)};
        return db_.run(replica_.client().cancel_order(call.context(), request));
    }
    /// Returns the ids of the orders that exist.
    std::set<std::string> orders() {
        OrderStore all{db_.database(), db_.telemetry()};
        std::set<std::string> ids;
        const auto page = db_.run(all.list(db_.context(), {.size = 10'000, .after = ""}, std::nullopt, std::nullopt));
        for (const auto& order : page->items) ids.insert(order.id.to_string());
        return ids;
    }

    test::TemporaryDatabase db_{"sqlite::memory:", schema()};
    SystemClock clock_;
    Random random_{1};
    FakeUsers users_;
    ReservingCatalog catalog_;
    FakePayments payments_;
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry());
    test::FailingDatabase database_{db_.database()};
    OrderReplica replica_{db_, database_, clock_, random_, *channel_};
};

/// What must be true after an order was asked for, whatever its steps did.
struct Expected {
    explicit Expected(const Ends& ends)
        : inserts{ends.user == End::done && ends.reserve == End::done},
          exists{inserts && takes_effect(ends.insert)},
          answered{inserts && ends.insert == End::done},
          open{exists && !answered},
          releases{takes_effect(ends.reserve) && !exists},
          reserved{takes_effect(ends.reserve) && (exists || !takes_effect(ends.release))} {}

    bool inserts;
    bool exists;
    bool answered;
    bool open;
    bool releases;
    bool reserved;
};

class OrderOutcomeTableTest : public OrderOutcomeTest, public testing::WithParamInterface<std::tuple<End, End>> {
 protected:
    void check(const Ends& ends) {
        SCOPED_TRACE(testing::PrintToString(ends));
        const Expected expected{ends};
        const auto before = orders();
        arrange(ends);
        const auto order = create();

        auto made = orders();
        for (const auto& id : before) made.erase(id);
        EXPECT_EQ(made.size(), expected.exists ? 1u : 0u);
        EXPECT_EQ(order.has_value(), expected.answered);
        if (!order) {
            EXPECT_EQ(order.error().outcome_open(), expected.open);
            if (expected.open) {
                EXPECT_FALSE(order.error().retryable()) << "a second order would be placed";
            }
        }
        EXPECT_EQ(catalog_.releases, expected.releases ? 1 : 0);
        EXPECT_EQ(catalog_.reserved_orders.size(), expected.reserved ? 1u : 0u);
        if (expected.exists) {
            EXPECT_EQ(catalog_.reserved_orders, made) << "an order has its stock reserved";
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Ends, OrderOutcomeTableTest, testing::Combine(testing::ValuesIn(kEnds), testing::ValuesIn(kEnds)),
                         [](const auto& info) {
                             return std::string{"user_"} + name_of(std::get<0>(info.param)) + "_reserve_" +
                                    name_of(std::get<1>(info.param));
                         });

TEST_P(OrderOutcomeTableTest, what_is_reserved_and_what_exists_fits_what_the_caller_is_told) {
    const auto [user, reserve] = GetParam();
    for (const auto insert : kEnds) {
        for (const auto release : kEnds) check({.user = user, .reserve = reserve, .insert = insert, .release = release});
    }
}

TEST_F(OrderOutcomeTest, an_order_of_which_nobody_knows_whether_it_exists_keeps_its_stock) {
    for (const auto insert : {End::deadline, End::cancelled, End::lost}) {
        SCOPED_TRACE(name_of(insert));
        arrange({.insert = insert});
        database_.done_nevertheless = false;
        EXPECT_FALSE(create());
        EXPECT_EQ(catalog_.reserved_orders.size(), 1u) << "until the reservation expires";
        EXPECT_EQ(catalog_.releases, 0);
    }
}

TEST_F(OrderOutcomeTest, a_caller_who_leaves_while_stock_is_reserved_leaves_nothing_reserved_and_no_order) {
    RootCall caller{db_.loop()};
    arrange({});
    catalog_.while_reserving = [&caller] { caller.scope().cancel(cancelled()); };
    const auto left = create(caller.context());
    ASSERT_FALSE(left);
    EXPECT_EQ(left.error().code(), Code::cancelled);
    // The handler goes on after its caller has left.
    const auto turns = [](EventLoop& loop) -> Task<bool> {
        for (int i = 0; i < 100; ++i) co_await hop_to(loop);
        co_return true;
    };
    db_.run(turns(db_.loop()));
    EXPECT_TRUE(catalog_.reserved_orders.empty());
    EXPECT_EQ(catalog_.releases, 1);
    EXPECT_TRUE(orders().empty());
}

TEST_F(OrderOutcomeTest, a_caller_whose_time_is_up_before_anything_was_asked_reserves_nothing_and_releases_nothing) {
    arrange({});
    RootCall caller{db_.loop()};
    caller.scope().cancel(deadline_exceeded());
    const auto order = db_.run(replica_.service().create_order(caller.context(), [] {
        ::order::CreateOrderRequest request;
        request.set_user_id(kBuyer);
        request.set_product_id("prod-123");
        request.set_quantity(2);
        return request;
    }()));
    ASSERT_FALSE(order);
    EXPECT_FALSE(order.error().outcome_open());
    EXPECT_EQ(catalog_.releases, 0);
}

TEST_F(OrderOutcomeTest, an_order_whose_stock_cannot_be_released_stays_canceling_until_it_is) {
    for (const auto release : {End::refused, End::unavailable, End::deadline, End::cancelled, End::lost}) {
        SCOPED_TRACE(name_of(release));
        arrange({.release = release});
        const auto order = create();
        ASSERT_TRUE(order);
        const auto begun = cancel(order->id(), std::chrono::milliseconds{100});
        ASSERT_TRUE(begun) << begun.error().detail();
        EXPECT_EQ(begun->status(), "canceling");
        // The flow goes on by itself. A repeated call tells how far it is.
        catalog_.release_end = End::done;
        const auto canceled = cancel(order->id());
        ASSERT_TRUE(canceled);
        EXPECT_EQ(canceled->status(), "canceled");
        EXPECT_TRUE(catalog_.reserved_orders.empty());
    }
}

TEST_F(OrderOutcomeTest, a_cancellation_whose_first_write_fails_releases_nothing) {
    for (const auto update : {End::refused, End::unavailable, End::deadline, End::cancelled, End::lost}) {
        SCOPED_TRACE(name_of(update));
        arrange({});
        const auto order = create();
        ASSERT_TRUE(order);
        database_.write_error = error_of(update, kNotInserted);
        database_.done_nevertheless = takes_effect(update);
        const auto failed = cancel(order->id());
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().outcome_open(), takes_effect(update));
        EXPECT_EQ(catalog_.releases, 0);
        EXPECT_EQ(catalog_.reserved_orders.size(), 1u);
        database_.write_error.reset();
        ASSERT_TRUE(cancel(order->id()));
        EXPECT_TRUE(catalog_.reserved_orders.empty());
    }
}

TEST_F(OrderOutcomeTest, a_cancellation_that_meets_another_change_is_tried_three_times) {
    for (const int other_changes : {1, 2, 3}) {
        SCOPED_TRACE(other_changes);
        arrange({});
        const auto order = create();
        ASSERT_TRUE(order);
        database_.write_error = Error{Code::failed_precondition, "ROWS_UNEXPECTED", "another version"};
        database_.done_nevertheless = false;
        database_.failures_left = other_changes;
        const auto canceled = cancel(order->id());
        EXPECT_EQ(canceled.has_value(), other_changes < 3);
        EXPECT_EQ(catalog_.reserved_orders.empty(), other_changes < 3);
        if (!canceled) {
            EXPECT_EQ(canceled.error().reason(), "CONTENDED");
            EXPECT_FALSE(canceled.error().outcome_open());
        }
    }
}

}  // namespace
}  // namespace tw::order
