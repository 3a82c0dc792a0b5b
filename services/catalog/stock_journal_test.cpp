// Restocking, and the journal of stock movements: its lines add up to the stock, whatever happens.
#include "services/catalog/stock_reservations_fixture.hpp"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include <gmock/gmock.h>

namespace tw::catalog {
namespace {

using enum ReservationEvent;

class StockJournalTest : public StockReservationsTest {
 protected:
    std::vector<StockMovement> journal(const std::string& id) {
        return db_.run(products_.list_movements(db_.context(), {.size = 1'000, .after = ""}, id))->items;
    }
    /// The stock on hand of a product of the fixture when it had `initial`, by the journal.
    std::int64_t by_journal(const std::string& id, std::int64_t initial) {
        for (const auto& movement : journal(id)) initial += movement.delta;
        return initial;
    }
    void expect_journal_adds_up() {
        EXPECT_EQ(by_journal("prod-1", 10), stock("prod-1").on_hand);
        EXPECT_EQ(by_journal("prod-2", 2), stock("prod-2").on_hand);
    }
    Result<Reservation> restock(OrderId order) {
        return db_.run(reservations_.end(db_.context(), order, ReservationEvent::restock, "canceled"));
    }
    OrderId committed_order(std::vector<LineRequest> lines) {
        const auto order = new_order();
        EXPECT_TRUE(reserve(order, std::move(lines)));
        EXPECT_TRUE(end(order, commit));
        return order;
    }
    ReservationStatus stored_status(OrderId order) {
        return db_.run(reservation_store_.find(db_.context(), order)).value()->status;
    }
    /// Makes an order whose reservation has the status.
    OrderId order_that_is(ReservationStatus status) {
        const auto order = new_order();
        EXPECT_TRUE(reserve(order, {{"prod-1", 1}}));
        if (status == ReservationStatus::expired) {
            clock_.advance(kLifetime);
            EXPECT_EQ(expire_all(), 1);
        }
        if (status == ReservationStatus::released) {
            EXPECT_TRUE(end(order, release));
        }
        if (status == ReservationStatus::committed || status == ReservationStatus::restocked) {
            EXPECT_TRUE(end(order, commit));
        }
        if (status == ReservationStatus::restocked) {
            EXPECT_TRUE(restock(order));
        }
        EXPECT_EQ(stored_status(order), status);
        return order;
    }
    int expire_all() { return db_.run(reservations_.expire_overdue(db_.context()))->expired; }
};

TEST_P(StockJournalTest, every_event_in_every_status_does_what_the_table_says_and_the_journal_adds_up) {
    using enum ReservationStatus;
    for (const auto status : {held, committed, released, expired, restocked}) {
        for (const auto event : {commit, release, ReservationEvent::restock}) {
            const auto order = order_that_is(status);
            const auto before = stock("prod-1");
            const auto lines = journal("prod-1").size();
            const auto outcome = end(order, event);
            const auto wanted = next(status, event);
            SCOPED_TRACE(std::string{status_name(status)} + " and event " + std::to_string(static_cast<int>(event)));
            EXPECT_EQ(outcome.has_value(), wanted.has_value());
            if (!wanted) {
                EXPECT_EQ(outcome.error().reason(), "RESERVATION_CLOSED");
            }
            EXPECT_EQ(stored_status(order), wanted.value_or(status));
            const auto effect = wanted && *wanted != status ? effect_of(*wanted) : StockEffect{};
            EXPECT_EQ(stock("prod-1").on_hand, before.on_hand + effect.on_hand);
            EXPECT_EQ(stock("prod-1").reserved, before.reserved + effect.reserved);
            EXPECT_EQ(journal("prod-1").size(), lines + (effect.on_hand == 0 ? 0u : 1u));
            expect_journal_adds_up();
            // What is still held or sold goes back, so that the stock lasts.
            if (stored_status(order) == held) {
                EXPECT_TRUE(end(order, release));
            }
            if (stored_status(order) == committed) {
                EXPECT_TRUE(restock(order));
            }
        }
    }
}

TEST_P(StockJournalTest, a_restock_puts_back_what_the_commit_took_once) {
    const auto order = committed_order({{"prod-1", 3}, {"prod-1", 1}, {"prod-2", 2}});
    for (int i = 0; i < 2; ++i) {
        const auto back = restock(order);
        ASSERT_TRUE(back);
        EXPECT_EQ(back->status, ReservationStatus::restocked);
        EXPECT_EQ(back->lines.size(), 3u);
        EXPECT_EQ(stock("prod-1").on_hand, 10);
        EXPECT_EQ(stock("prod-1").reserved, 0);
        EXPECT_EQ(stock("prod-2").on_hand, 2);
    }
    expect_journal_adds_up();
}

TEST_P(StockJournalTest, the_journal_says_who_why_how_many_and_which_order) {
    const auto order = committed_order({{"prod-1", 3}});
    ASSERT_TRUE(restock(order));
    const auto lines = journal("prod-1");
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].kind, MovementKind::sold);
    EXPECT_EQ(lines[0].delta, -3);
    EXPECT_EQ(lines[0].reason, "");
    EXPECT_EQ(lines[1].kind, MovementKind::restocked);
    EXPECT_EQ(lines[1].delta, 3);
    EXPECT_EQ(lines[1].reason, "canceled");
    for (const auto& line : lines) {
        EXPECT_EQ(line.order_id, order.to_string());
        EXPECT_EQ(line.actor, "anonymous");
        EXPECT_EQ(line.product_id.text(), "prod-1");
        EXPECT_EQ(line.created_at, clock_.now());
    }
}

TEST_P(StockJournalTest, an_order_that_never_reserved_cannot_be_restocked) {
    const auto missing = restock(new_order());
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), Code::not_found);
    EXPECT_EQ(missing.error().reason(), "RESERVATION_NOT_FOUND");
}

TEST_P(StockJournalTest, an_order_that_was_restocked_cannot_reserve_again) {
    const auto order = committed_order({{"prod-1", 3}});
    ASSERT_TRUE(restock(order));
    const auto again = reserve(order, {{"prod-1", 3}});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason(), "RESERVATION_CLOSED");
    EXPECT_EQ(stock("prod-1").reserved, 0);
}

TEST_P(StockJournalTest, two_restocks_at_once_put_the_stock_back_once) {
    for (int i = 0; i < 20; ++i) {
        const auto order = committed_order({{"prod-1", 2}});
        const auto answers = db_.run(both(reservations_.end(db_.context(), order, ReservationEvent::restock, "one"),
                                          reservations_.end(db_.context(), order, ReservationEvent::restock, "two")));
        EXPECT_TRUE(answers.first);
        EXPECT_TRUE(answers.second);
        EXPECT_EQ(stock("prod-1").on_hand, 10);
    }
    EXPECT_EQ(journal("prod-1").size(), 40u);
    expect_journal_adds_up();
}

TEST_P(StockJournalTest, a_restock_and_a_commit_at_once_end_in_the_order_in_which_they_came) {
    for (int i = 0; i < 20; ++i) {
        const auto order = new_order();
        ASSERT_TRUE(reserve(order, {{"prod-1", 2}}));
        const auto answers = db_.run(both(reservations_.end(db_.context(), order, ReservationEvent::restock, "canceled"),
                                          reservations_.end(db_.context(), order, commit)));
        EXPECT_TRUE(answers.second);
        EXPECT_EQ(stored_status(order), answers.first ? ReservationStatus::restocked : ReservationStatus::committed);
        if (!answers.first) {
            EXPECT_EQ(answers.first.error().reason(), "RESERVATION_CLOSED");
        }
        EXPECT_EQ(stock("prod-1").on_hand, answers.first ? 10 : 8);
        EXPECT_TRUE(restock(order));
    }
    expect_journal_adds_up();
}

TEST_P(StockJournalTest, a_release_against_a_commit_leaves_a_line_only_if_the_commit_was_first) {
    for (int i = 0; i < 20; ++i) {
        const auto order = new_order();
        const auto lines = journal("prod-1").size();
        ASSERT_TRUE(reserve(order, {{"prod-1", 2}}));
        const auto answers = db_.run(both(reservations_.end(db_.context(), order, i % 2 == 0 ? release : commit),
                                          reservations_.end(db_.context(), order, i % 2 == 0 ? commit : release)));
        EXPECT_NE(answers.first.has_value(), answers.second.has_value());
        const bool sold = stored_status(order) == ReservationStatus::committed;
        EXPECT_EQ(journal("prod-1").size(), lines + (sold ? 1u : 0u));
        if (sold) {
            EXPECT_TRUE(restock(order));
        }
    }
    expect_journal_adds_up();
}

TEST_P(StockJournalTest, a_hold_that_is_overdue_and_not_swept_yet_can_be_committed) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-2", 2}}));
    clock_.advance(kLifetime * 2);
    EXPECT_EQ(reserve(new_order(), {{"prod-2", 1}}).error().reason(), "OUT_OF_STOCK");
    EXPECT_TRUE(end(order, commit));
    EXPECT_EQ(expire(), 0);
    EXPECT_EQ(stock("prod-2").on_hand, 0);
    expect_journal_adds_up();
}

TEST_P(StockJournalTest, a_hold_that_has_expired_and_was_sold_to_another_order_cannot_be_committed) {
    const auto late = new_order();
    ASSERT_TRUE(reserve(late, {{"prod-2", 2}}));
    clock_.advance(kLifetime);
    ASSERT_EQ(expire(), 1);
    committed_order({{"prod-2", 2}});
    const auto refused = end(late, commit);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "RESERVATION_CLOSED");
    EXPECT_EQ(stock("prod-2").on_hand, 0);
    EXPECT_EQ(stock("prod-2").reserved, 0);
    expect_journal_adds_up();
}

TEST_P(StockJournalTest, a_commit_and_a_sweep_at_once_either_sell_or_release) {
    for (int i = 0; i < 20; ++i) {
        const auto order = new_order();
        ASSERT_TRUE(reserve(order, {{"prod-2", 2}}));
        clock_.advance(kLifetime);
        const auto answers =
            db_.run(both(reservations_.end(db_.context(), order, commit), reservations_.expire_overdue(db_.context())));
        ASSERT_TRUE(answers.second);
        EXPECT_NE(answers.first.has_value(), answers.second->expired == 1);
        EXPECT_EQ(stock("prod-2").on_hand, answers.first ? 0 : 2);
        EXPECT_EQ(stock("prod-2").reserved, 0);
        if (answers.first) {
            EXPECT_TRUE(restock(order));
        }
    }
    expect_journal_adds_up();
}

/// Many orders at once reserve, and then commit, release, restock or expire, as a seed says.
TEST_P(StockJournalTest, whatever_orders_do_at_once_nothing_is_oversold_and_the_journal_adds_up) {
    std::vector<OrderId> orders;
    for (int round = 0; round < 30; ++round) {
        orders.push_back(new_order());
        std::vector<Task<Result<Reservation>>> calls;
        std::vector<LineRequest> lines{{"prod-1", static_cast<std::int32_t>(1 + random_.next() % 3)}, {"prod-2", 1}};
        calls.push_back(reservations_.reserve(db_.context(), orders.back(), std::move(lines), kLifetime));
        for (int i = 0; i < 6; ++i) {
            static constexpr std::array kEvents{commit, release, ReservationEvent::restock};
            const auto order = orders[random_.next() % orders.size()];
            calls.push_back(reservations_.end(db_.context(), order, kEvents[random_.next() % kEvents.size()], "test"));
        }
        const auto answers = db_.run(all(std::move(calls)));
        for (const auto& answer : answers) {
            if (!answer) {
                EXPECT_THAT(answer.error().reason(),
                            testing::AnyOf("RESERVATION_CLOSED", "RESERVATION_NOT_FOUND", "OUT_OF_STOCK", "CONTENDED"));
            }
        }
        if (random_.next() % 4 == 0) {
            clock_.advance(kLifetime);
            expire();
        }
        for (const auto* id : {"prod-1", "prod-2"}) {
            EXPECT_GE(stock(id).reserved, 0);
            EXPECT_LE(stock(id).reserved, stock(id).on_hand);
        }
        expect_journal_adds_up();
    }
    std::map<std::pair<std::string, std::string>, std::int64_t> taken;
    for (const auto* id : {"prod-1", "prod-2"}) {
        for (const auto& line : journal(id)) taken[{id, line.order_id}] += line.delta;
    }
    for (const auto& [key, sum] : taken) EXPECT_LE(sum, 0) << "more was put back for an order than it had taken";
}

TEST_P(StockJournalTest, adjustments_are_in_the_journal_with_and_without_a_read) {
    const auto id = *ProductId::parse("prod-1");
    const auto adjustment = [&](std::int64_t delta) {
        return StockMovement{.id = random_.uuid_v7(clock_.now()),
                             .product_id = id,
                             .kind = MovementKind::adjusted,
                             .delta = delta,
                             .reason = "count",
                             .order_id = {},
                             .actor = "somebody",
                             .created_at = clock_.now()};
    };
    ASSERT_TRUE(db_.run(products_.adjust(db_.context(), adjustment(5))));
    std::int64_t seen = 0;
    ASSERT_TRUE(db_.run(
        products_.adjust_and_read(db_.context(), adjustment(-3), [&](const Product& product) { seen = product.stock.on_hand; })));
    EXPECT_EQ(seen, 12);
    EXPECT_FALSE(db_.run(products_.adjust(db_.context(), adjustment(-100))));
    EXPECT_FALSE(db_.run(products_.adjust_and_read(db_.context(), adjustment(-100), [](const Product&) {})));
    const auto lines = journal("prod-1");
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[1].delta, -3);
    EXPECT_EQ(lines[1].actor, "somebody");
    EXPECT_EQ(lines[1].order_id, "");
    expect_journal_adds_up();
}

TEST_P(StockJournalTest, the_journal_is_listed_page_by_page_for_one_product) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(restock(committed_order({{"prod-1", 1}, {"prod-2", 1}})));
    std::vector<std::string> ids;
    PageRequest request{.size = 3, .after = ""};
    for (bool more = true; more;) {
        const auto page = db_.run(products_.list_movements(db_.context(), request, "prod-1")).value();
        for (const auto& line : page.items) {
            EXPECT_EQ(line.product_id.text(), "prod-1");
            ids.push_back(line.id.to_string());
        }
        more = page.next.has_value();
        request.after = page.next.value_or("");
    }
    EXPECT_EQ(ids.size(), 10u);
    EXPECT_TRUE(std::ranges::is_sorted(ids));
}

INSTANTIATE_TEST_SUITE_P(Engines, StockJournalTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::catalog
