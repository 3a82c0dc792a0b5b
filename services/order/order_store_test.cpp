#include "services/order/order_store.hpp"

#include "kit/base/random.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/testing/temporary_database.hpp"
#include "proto/order.tw.hpp"
#include "services/order/schema.hpp"

#include <gtest/gtest.h>

namespace tw::order {
namespace {

/// A served call of a user who may reach the own objects alone.
struct OwnOrdersCall {
    OwnOrdersCall(const CallContext& ctx, std::string user_id) : context{ctx} {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->principal =
            Principal{.kind = Principal::Kind::user, .proof = Principal::Proof::token, .id = std::move(user_id)};
        info.own_objects_only = true;
        context = ctx.with_attributes(std::move(attributes)).with_attached(&info);
    }

    rpc::Metadata none;
    rpc::CallInfo info{::order::OrderServiceMethods::get_order, none, none, none};
    CallContext context;
};

class OrderStoreTest : public testing::TestWithParam<std::string_view> {
 protected:
    Order order(std::size_t line_count = 1) {
        const auto now = Timestamp::from_unix_micros(1'767'225'600'123'456);
        std::vector<Line> lines;
        for (std::size_t i = 0; i < line_count; ++i) {
            lines.push_back({.product_id = "prod-" + std::to_string(i),
                             .name = "Cup",
                             .unit_price = Money{100, *Currency::parse("EUR")},
                             .quantity = 2});
        }
        return {.id = OrderId{random_.uuid_v7(now)},
                .user_id = UserId{random_.uuid_v7(now)},
                .lines = lines,
                .totals = *add_up(lines),
                .expires_at = now + kPaymentWindow,
                .created_at = now,
                .updated_at = now};
    }
    Result<void> insert(Order made) {
        sql::Unit unit;
        OrderStore::insert(unit, made);
        return db_.run(store_.write(db_.context(), std::move(unit)));
    }
    Result<void> update(const Order& order) {
        sql::Unit unit;
        OrderStore::update(unit, order);
        return db_.run(store_.write(db_.context(), std::move(unit)));
    }
    Result<Order> find(OrderId id) { return db_.run(store_.find(db_.context(), id)); }

    test::TemporaryDatabase db_{GetParam(), schema()};
    Random random_{1};
    OrderStore store_{db_.database(), db_.telemetry()};
};

TEST_P(OrderStoreTest, a_user_finds_and_lists_the_own_orders_alone) {
    const auto hers = order(2);
    const auto his = order();
    ASSERT_TRUE(insert(hers));
    ASSERT_TRUE(insert(his));
    const OwnOrdersCall call{db_.context(), hers.user_id.to_string()};
    EXPECT_EQ(db_.run(store_.find(call.context, hers.id))->lines.size(), 2U);
    EXPECT_EQ(db_.run(store_.find_without_lines(call.context, hers.id))->id, hers.id);
    for (const auto& foreign :
         {db_.run(store_.find(call.context, his.id)), db_.run(store_.find_without_lines(call.context, his.id))}) {
        ASSERT_FALSE(foreign);
        EXPECT_EQ(foreign.error().reason(), "ORDER_NOT_FOUND");
    }
    const PageRequest page{.size = 10, .after = {}};
    const auto listed = db_.run(store_.list(call.context, page, std::nullopt, std::nullopt));
    ASSERT_EQ(listed->items.size(), 1U);
    EXPECT_EQ(listed->items[0].id, hers.id);
    EXPECT_TRUE(db_.run(store_.list(call.context, page, his.user_id, std::nullopt))->items.empty());
    EXPECT_EQ(db_.run(store_.list(call.context, page, hers.user_id, std::nullopt))->items.size(), 1U);
    EXPECT_EQ(db_.run(store_.list(db_.context(), page, std::nullopt, std::nullopt))->items.size(), 2U);
}

TEST_P(OrderStoreTest, who_is_no_user_of_the_shop_finds_no_orders) {
    const auto made = order();
    ASSERT_TRUE(insert(made));
    const OwnOrdersCall call{db_.context(), "client-of-the-issuer"};
    EXPECT_EQ(db_.run(store_.find(call.context, made.id)).error().reason(), "ORDER_NOT_FOUND");
    const PageRequest page{.size = 10, .after = {}};
    EXPECT_TRUE(db_.run(store_.list(call.context, page, std::nullopt, std::nullopt))->items.empty());
}

TEST_P(OrderStoreTest, gives_back_what_was_inserted) {
    for (const std::size_t line_count : {1u, 12u}) {
        const auto made = order(line_count);
        ASSERT_TRUE(insert(made));
        const auto found = find(made.id);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->user_id, made.user_id);
        EXPECT_EQ(found->status, Status::pending);
        EXPECT_EQ(found->totals.total, made.totals.total);
        EXPECT_EQ(found->expires_at, made.expires_at);
        EXPECT_EQ(found->created_at, made.created_at);
        ASSERT_EQ(found->lines.size(), line_count);
        EXPECT_EQ(found->lines.back().product_id, made.lines.back().product_id);
        EXPECT_EQ(found->lines.back().unit_price, made.lines.back().unit_price);
        EXPECT_EQ(found->lines.back().quantity, 2);
    }
}

TEST_P(OrderStoreTest, an_order_may_be_read_without_its_lines) {
    const auto made = order(3);
    ASSERT_TRUE(insert(made));
    const auto found = db_.run(store_.find_without_lines(db_.context(), made.id));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->lines.empty());
    EXPECT_EQ(found->totals.total, made.totals.total);
    EXPECT_EQ(found->version, made.version);
    const OrderId unknown{random_.uuid_v7(made.created_at)};
    EXPECT_EQ(db_.run(store_.find_without_lines(db_.context(), unknown)).error().reason(), "ORDER_NOT_FOUND");
}

TEST_P(OrderStoreTest, an_update_writes_the_next_version_and_only_that) {
    const auto made = order();
    ASSERT_TRUE(insert(made));
    auto canceling = *after(made, Event::cancel, made.created_at + std::chrono::seconds{1});
    canceling.reason = "changed my mind";
    canceling.capture = Capture::on_fulfilment;
    canceling.tracking = "parcel 4711";
    canceling.active_flow = "pay/1";
    canceling.payment_attempts = 3;
    ASSERT_TRUE(update(canceling));
    EXPECT_EQ(find(made.id)->status, Status::canceling);
    EXPECT_EQ(find(made.id)->reason, "changed my mind");
    EXPECT_EQ(find(made.id)->version, 2);
    EXPECT_EQ(find(made.id)->capture, Capture::on_fulfilment);
    EXPECT_EQ(find(made.id)->tracking, "parcel 4711");
    EXPECT_EQ(find(made.id)->active_flow, "pay/1");
    EXPECT_EQ(find(made.id)->payment_attempts, 3);

    const auto late = update(canceling);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Code::aborted);
}

TEST_P(OrderStoreTest, overdue_orders_are_pending_and_nobody_pays_them) {
    const auto overdue = order();
    auto paying = order();
    paying.active_flow = "pay/1";
    auto canceled = order();
    canceled.status = Status::canceled;
    auto later = order();
    later.expires_at = overdue.expires_at + std::chrono::microseconds{1};
    for (const auto& each : {overdue, paying, canceled, later}) ASSERT_TRUE(insert(each));
    EXPECT_EQ(db_.run(store_.find_overdue(db_.context(), overdue.expires_at, 10)).value(), std::vector{overdue.id});
    const auto now = later.expires_at;
    EXPECT_EQ(db_.run(store_.find_overdue(db_.context(), now, 10)).value(), (std::vector{overdue.id, later.id}));
    EXPECT_EQ(db_.run(store_.find_overdue(db_.context(), now, 1)).value(), std::vector{overdue.id});
}

TEST_P(OrderStoreTest, the_database_refuses_a_total_that_is_no_sum) {
    auto wrong = order();
    wrong.totals.total = Money{1, *Currency::parse("EUR")};
    const auto refused = insert(wrong);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(sql::violates(refused.error(), "orders_total_check"));
    EXPECT_FALSE(find(wrong.id));
}

TEST_P(OrderStoreTest, a_page_counts_orders_and_not_lines) {
    std::vector<OrderId> made;
    for (int i = 0; i < 3; ++i) {
        const auto each = order(4);
        made.push_back(each.id);
        ASSERT_TRUE(insert(each));
    }
    const auto page = db_.run(store_.list(db_.context(), {.size = 2, .after = ""}, std::nullopt, std::nullopt));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->items.size(), 2u);
    EXPECT_EQ(page->items[1].id, made[1]);
    EXPECT_EQ(page->items[1].lines.size(), 4u);
    EXPECT_EQ(page->next, made[1].to_string());
}

TEST_P(OrderStoreTest, the_newest_orders_come_first_if_asked_to) {
    std::vector<Order> made;
    for (int i = 0; i < 3; ++i) {
        made.push_back(order(2));
        made.back().user_id = made.front().user_id;
        ASSERT_TRUE(insert(made.back()));
    }
    const auto foreign = order();
    ASSERT_TRUE(insert(foreign));
    const auto list = [&](std::string after, std::optional<UserId> user_id) {
        const PageRequest request{.size = 2, .after = std::move(after), .newest_first = true};
        return db_.run(store_.list(db_.context(), request, user_id, std::nullopt)).value();
    };
    const auto all = list(std::string{kAfterAllIds}, std::nullopt);
    ASSERT_EQ(all.items.size(), 2U);
    EXPECT_EQ(all.items[0].id, foreign.id);
    EXPECT_EQ(all.items[1].id, made[2].id);
    ASSERT_EQ(all.items[1].lines.size(), 2U);
    EXPECT_EQ(all.items[1].lines[0].product_id, "prod-0");
    const auto first = list(std::string{kAfterAllIds}, made.front().user_id);
    ASSERT_EQ(first.items.size(), 2U);
    EXPECT_EQ(first.items[0].id, made[2].id);
    EXPECT_EQ(first.next, made[1].id.to_string());
    const auto last = list(*first.next, made.front().user_id);
    ASSERT_EQ(last.items.size(), 1U);
    EXPECT_EQ(last.items[0].id, made[0].id);
    EXPECT_FALSE(last.next);
}

TEST_P(OrderStoreTest, a_users_page_has_their_orders_of_that_status) {
    const auto mine = order(2);
    auto canceled = order();
    canceled.user_id = mine.user_id;
    canceled.status = Status::canceled;
    for (const auto& each : {mine, canceled, order()}) ASSERT_TRUE(insert(each));
    const auto ids = [&](std::optional<Status> status) {
        std::vector<OrderId> ids;
        const auto page = db_.run(store_.list(db_.context(), {.size = 10, .after = ""}, mine.user_id, status));
        for (const auto& each : page->items) ids.push_back(each.id);
        return ids;
    };
    EXPECT_EQ(ids(std::nullopt), (std::vector{mine.id, canceled.id}));
    EXPECT_EQ(ids(Status::canceled), std::vector{canceled.id});
}

TEST_P(OrderStoreTest, a_list_leaves_out_orders_that_cannot_be_read_and_a_single_read_is_data_loss) {
    constexpr sql::Statement kOdd[] = {
        {.summary = "UPDATE orders", .text = "UPDATE orders SET user_id = 'nobody' WHERE id = $1"},
        {.summary = "UPDATE orders", .text = "UPDATE orders SET currency = 'euro' WHERE id = $1"},
        {.summary = "DELETE order_lines", .text = "DELETE FROM order_lines WHERE order_id = $1"},
    };
    std::vector<OrderId> made;
    for (int i = 0; i < 5; ++i) {
        made.push_back(order(i % 2 == 0 ? 1 : 2).id);
        auto each = order(i % 2 == 0 ? 1 : 2);
        each.id = made.back();
        ASSERT_TRUE(insert(each));
    }
    // The first order and the last one stay readable.
    for (std::size_t i = 0; i < std::size(kOdd); ++i) {
        sql::Unit unit;
        unit.add(kOdd[i], made[i + 1]);
        ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
        EXPECT_EQ(find(made[i + 1]).error().reason(), "ROW_UNREADABLE") << i;
    }
    std::vector<OrderId> seen;
    std::optional<std::string> next = "";
    for (int pages = 0; next && pages < 10; ++pages) {
        const auto page = db_.run(store_.list(db_.context(), {.size = 1, .after = *next}, std::nullopt, std::nullopt));
        ASSERT_TRUE(page);
        for (const auto& each : page->items) seen.push_back(each.id);
        next = page->next;
    }
    EXPECT_EQ(seen, (std::vector{made.front(), made.back()}));
    EXPECT_FALSE(next);
}

INSTANTIATE_TEST_SUITE_P(Engines, OrderStoreTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::order
