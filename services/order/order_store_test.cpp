#include "services/order/order_store.hpp"

#include "kit/base/random.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/order/schema.hpp"

#include <gtest/gtest.h>

namespace tw::order {
namespace {

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
    Result<void> insert(Order made) { return db_.run(store_.insert(db_.context(), std::move(made))); }
    Result<Order> find(OrderId id) { return db_.run(store_.find(db_.context(), id)); }

    test::TemporaryDatabase db_{GetParam(), schema()};
    Random random_{1};
    OrderStore store_{db_.database(), db_.telemetry()};
};

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

TEST_P(OrderStoreTest, an_update_writes_the_next_version_and_only_that) {
    const auto made = order();
    ASSERT_TRUE(insert(made));
    auto canceling = *after(made, Event::cancel, made.created_at + std::chrono::seconds{1});
    canceling.reason = "changed my mind";
    ASSERT_TRUE(db_.run(store_.update(db_.context(), canceling)));
    EXPECT_EQ(find(made.id)->status, Status::canceling);
    EXPECT_EQ(find(made.id)->reason, "changed my mind");
    EXPECT_EQ(find(made.id)->version, 2);

    const auto late = db_.run(store_.update(db_.context(), canceling));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Code::aborted);
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
