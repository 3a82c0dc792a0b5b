#include "services/catalog/reservation.hpp"

#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

using enum ReservationStatus;
using enum ReservationEvent;

TEST(Reservation, only_what_is_held_can_be_committed_or_expire) {
    EXPECT_EQ(next(held, commit), committed);
    EXPECT_EQ(next(held, expire), expired);
    for (const auto ended : {released, expired}) EXPECT_EQ(next(ended, commit), std::nullopt);
    for (const auto ended : {committed, released, expired}) EXPECT_EQ(next(ended, expire), std::nullopt);
}

TEST(Reservation, a_repeated_event_changes_nothing) {
    EXPECT_EQ(next(committed, commit), committed);
    EXPECT_EQ(next(released, release), released);
    EXPECT_EQ(next(expired, release), expired);
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
    for (const auto status : {held, committed, released, expired})
        EXPECT_EQ(parse_reservation_status(status_name(status)), status);
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
