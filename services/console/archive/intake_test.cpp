#include "services/console/archive/intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using Pushed = Intake::Pushed;

constexpr std::size_t kFlood = 1;
constexpr std::size_t kQuiet = 2;

Pushed push(Intake& intake, std::size_t sender, std::size_t bytes) {
    Waiting waiting{telemetry::Signal::traces, std::string(bytes, 'x'), {}, sender};
    const auto pushed = intake.push(waiting);
    EXPECT_EQ(waiting.request.size(), pushed == Pushed::taken ? 0 : bytes) << "a request that is not taken stays";
    return pushed;
}

TEST(Intake, a_sender_may_have_half_of_it_and_others_get_in) {
    Intake intake{100};
    EXPECT_EQ(push(intake, kFlood, 30), Pushed::taken);
    EXPECT_EQ(push(intake, kFlood, 20), Pushed::taken);
    EXPECT_EQ(push(intake, kFlood, 1), Pushed::share_full);
    EXPECT_EQ(push(intake, kQuiet, 50), Pushed::taken);
    EXPECT_EQ(push(intake, 3, 1), Pushed::full);
    EXPECT_EQ(intake.bytes(), 100);
}

TEST(Intake, what_is_being_stored_counts_until_it_is_stored) {
    Intake intake{100};
    EXPECT_EQ(push(intake, kFlood, 50), Pushed::taken);
    EXPECT_EQ(intake.take(1000, std::chrono::milliseconds{0}).size(), 1U);
    EXPECT_EQ(push(intake, kFlood, 1), Pushed::share_full);
    intake.stored({{kFlood, 50}});
    EXPECT_EQ(intake.bytes(), 0);
    EXPECT_EQ(push(intake, kFlood, 1), Pushed::taken);
}

TEST(Intake, a_request_larger_than_half_is_taken_from_a_sender_who_has_nothing_there) {
    Intake intake{100};
    EXPECT_EQ(push(intake, kFlood, 80), Pushed::taken);
    EXPECT_EQ(push(intake, kQuiet, 30), Pushed::full);
    EXPECT_EQ(push(intake, kQuiet, 20), Pushed::taken);
}

}  // namespace
}  // namespace tw::console
