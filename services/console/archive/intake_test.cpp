#include "services/console/archive/intake.hpp"

#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

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

/// A queue whose requests are taken by a thread of their own until it is closed.
class CollectedIntake : public testing::Test {
 protected:
    void TearDown() override {
        intake.close();
        thread.join();
    }
    void push_without_done(std::size_t bytes = 10) { push(intake, kQuiet, bytes); }

    Intake intake{10 * Intake::kCollectedBytesMax};
    std::mutex mutex;
    std::vector<std::size_t> sizes;
    std::thread thread{[this] {
        while (!intake.finished()) {
            const auto taken = intake.take(intake.kCollectedBytesMax * 10, std::chrono::hours{1});
            Intake::Stored stored;
            for (const auto& each : taken) stored.emplace_back(each.sender, each.request.size());
            {
                const std::scoped_lock lock{mutex};
                if (!taken.empty()) sizes.push_back(taken.size());
            }
            intake.stored(stored);
        }
    }};
};

TEST_F(CollectedIntake, a_question_ends_the_collecting_and_finds_what_was_collected) {
    intake.collect_for(std::chrono::hours{1});
    push_without_done();
    push_without_done();
    while (intake.bytes() > 0) intake.hurry();
    const std::scoped_lock lock{mutex};
    EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}), 2U);
}

TEST_F(CollectedIntake, who_waits_for_an_answer_is_not_kept_waiting) {
    intake.collect_for(std::chrono::hours{1});
    push_without_done();
    Waiting answered{telemetry::Signal::traces, "x", [](const Result<Accepted>&) {}, kFlood};
    ASSERT_EQ(intake.push(answered), Pushed::taken);
    while (intake.bytes() > 0) std::this_thread::yield();
}

TEST_F(CollectedIntake, what_is_much_is_not_collected) {
    intake.collect_for(std::chrono::hours{1});
    push_without_done(Intake::kCollectedBytesMax);
    while (intake.bytes() > 0) std::this_thread::yield();
}

TEST_F(CollectedIntake, it_ends_when_somebody_watches) {
    intake.collect_for(std::chrono::hours{1});
    push_without_done();
    intake.collect_for(std::chrono::milliseconds{0});
    while (intake.bytes() > 0) std::this_thread::yield();
    push_without_done();
    while (intake.bytes() > 0) std::this_thread::yield();
}

}  // namespace
}  // namespace tw::console
