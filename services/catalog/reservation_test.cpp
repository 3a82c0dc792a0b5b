#include "services/catalog/reservation.hpp"

#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

using enum ReservationStatus;
using enum ReservationEvent;

constexpr std::array kStatuses{held, committed, released, expired, restocked};
/// The events that callers bring about, and may repeat.
constexpr std::array kCalls{commit, release, restock};

TEST(Reservation, only_what_is_held_can_be_committed_or_expire) {
    EXPECT_EQ(next(held, commit), committed);
    EXPECT_EQ(next(held, expire), expired);
    for (const auto ended : {released, expired, restocked}) EXPECT_EQ(next(ended, commit), std::nullopt);
    for (const auto ended : {committed, released, expired, restocked}) EXPECT_EQ(next(ended, expire), std::nullopt);
}

TEST(Reservation, only_what_was_committed_can_be_restocked) {
    EXPECT_EQ(next(committed, restock), restocked);
    for (const auto other : {held, released, expired}) EXPECT_EQ(next(other, restock), std::nullopt);
}

/// Returns what one reserved piece has changed in the stock when its reservation is in `status`.
StockEffect sum_of_effects(ReservationStatus status) {
    StockEffect sum = effect_of(held);
    const auto add = [&](ReservationStatus step) {
        sum.on_hand += effect_of(step).on_hand;
        sum.reserved += effect_of(step).reserved;
    };
    if (status == restocked) add(committed);
    if (status != held) add(status);
    return sum;
}

TEST(Reservation, every_status_but_held_leaves_nothing_reserved_and_only_a_sale_takes_from_the_stock) {
    for (const auto status : kStatuses) {
        EXPECT_EQ(sum_of_effects(status).reserved, status == held ? 1 : 0) << status_name(status);
        EXPECT_EQ(sum_of_effects(status).on_hand, status == committed ? -1 : 0) << status_name(status);
    }
}

TEST(Reservation, an_order_keeps_its_stock_while_it_is_held_or_committed) {
    for (const auto status : kStatuses) EXPECT_EQ(is_given_back(status), status != held && status != committed);
}

TEST(Reservation, a_repeated_event_changes_nothing) {
    EXPECT_EQ(next(committed, commit), committed);
    EXPECT_EQ(next(released, release), released);
    EXPECT_EQ(next(expired, release), expired);
    EXPECT_EQ(next(restocked, restock), restocked);
    for (const auto status : kStatuses) {
        for (const auto event : kCalls) {
            if (const auto after = next(status, event)) {
                EXPECT_EQ(next(*after, event), after);
            }
        }
    }
}

TEST(Reservation, what_was_committed_is_not_released) { EXPECT_EQ(next(committed, release), std::nullopt); }

TEST(Reservation, no_transition_is_listed_twice) {
    for (std::size_t i = 0; i < kReservationTransitions.size(); ++i) {
        for (std::size_t j = i + 1; j < kReservationTransitions.size(); ++j) {
            const auto& a = kReservationTransitions[i];
            const auto& b = kReservationTransitions[j];
            EXPECT_FALSE(a.from == b.from && a.event == b.event);
        }
    }
}

TEST(ReservationStatus, has_one_name_each) {
    for (const auto status : kStatuses) EXPECT_EQ(parse_reservation_status(status_name(status)), status);
}

TEST(Reservation, has_the_lines_it_was_made_for) {
    const ReservedLine line{.product_id = *ProductId::parse("prod-123"),
                            .quantity = 2,
                            .name = "Cup",
                            .unit_price = Money{1990, *Currency::parse("EUR")}};
    const Reservation reservation{.order_id = {}, .lines = {line}};
    EXPECT_TRUE(has_lines(reservation, {{.product_id = "prod-123", .quantity = 2}}));
    EXPECT_FALSE(has_lines(reservation, {{.product_id = "prod-123", .quantity = 3}}));
    EXPECT_FALSE(has_lines(reservation, {}));
}

}  // namespace
}  // namespace tw::catalog
