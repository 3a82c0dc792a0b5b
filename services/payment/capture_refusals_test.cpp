#include "services/payment/capture_refusals.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::payment {
namespace {

TEST(CaptureRefusalsTest, each_key_has_its_own_refusal) {
    auto refusals = with_refusal({}, "a1", "card_declined");
    refusals = with_refusal(std::move(refusals), "b2", "expired\ncard");
    EXPECT_EQ(find_refusal(refusals, "a1"), "card_declined");
    EXPECT_EQ(find_refusal(refusals, "b2"), "expired card");
    EXPECT_EQ(find_refusal(refusals, "a"), std::nullopt);
    EXPECT_EQ(find_refusal(refusals, "c3"), std::nullopt);
}

TEST(CaptureRefusalsTest, a_call_without_a_key_has_no_refusal) {
    EXPECT_EQ(with_refusal({}, "", "card_declined"), "");
    EXPECT_EQ(find_refusal(" card_declined\n", ""), std::nullopt);
}

TEST(CaptureRefusalsTest, the_oldest_refusal_is_forgotten_first) {
    std::string refusals;
    for (std::size_t i = 0; i <= kCaptureRefusalsMax; ++i) {
        refusals = with_refusal(std::move(refusals), "key" + std::to_string(i), "card_declined");
    }
    EXPECT_EQ(find_refusal(refusals, "key0"), std::nullopt);
    EXPECT_EQ(find_refusal(refusals, "key1"), "card_declined");
    EXPECT_EQ(find_refusal(refusals, "key" + std::to_string(kCaptureRefusalsMax)), "card_declined");
}

}  // namespace
}  // namespace tw::payment
