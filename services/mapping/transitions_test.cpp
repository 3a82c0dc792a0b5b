#include "services/mapping/transitions.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

enum class Light : std::uint8_t { off, on, broken };
enum class Press : std::uint8_t { up, down };

constexpr std::array kLights{Transition{Light::off, Press::up, Light::on}, Transition{Light::on, Press::down, Light::off}};
constexpr std::array kRepairs{becomes(Light::broken, Light::off)};

TEST(Transitions, what_the_table_lists_may_happen_and_nothing_else) {
    static_assert(find_next(kLights, Light::off, Press::up) == Light::on);
    static_assert(find_next(kLights, Light::on, Press::down) == Light::off);
    EXPECT_EQ(find_next(kLights, Light::off, Press::down), std::nullopt);
    EXPECT_EQ(find_next(kLights, Light::broken, Press::up), std::nullopt);
}

TEST(Transitions, without_events_the_wanted_status_is_the_event) {
    EXPECT_EQ(find_next(kRepairs, Light::broken, Light::off), Light::off);
    EXPECT_EQ(find_next(kRepairs, Light::off, Light::on), std::nullopt);
}

TEST(Transitions, a_refusal_says_which_status_refused) {
    const auto error = illegal_transition("a light", "broken");
    EXPECT_EQ(error.code(), Code::failed_precondition);
    EXPECT_EQ(error.reason(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(error.detail(), "a light that is broken does not allow this");
    EXPECT_EQ(illegal_transition("a light", "off", "cannot become on").detail(), "a light that is off cannot become on");
}

}  // namespace
}  // namespace tw
