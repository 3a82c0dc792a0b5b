#include "services/console/views/call_slots.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

constexpr std::int64_t kSecondOfSlots = 1'000'000'000;
constexpr std::int64_t kHour = 3'600 * kSecondOfSlots;
constexpr std::int64_t kBegin = 1'700'002'800 * kSecondOfSlots;
constexpr std::int64_t kForever = kBegin + 1'000 * kHour;

std::uint64_t calls_in(const CallSlots& slots, std::int64_t from_ns, std::int64_t to_ns) {
    return slots.collect(from_ns, to_ns, 1).front().calls();
}

TEST(CallSlots, after_an_hour_slots_are_five_minutes_long) {
    CallSlots slots;
    for (int second = 0; second < 600; second += 10) {
        const auto time = kBegin + second * kSecondOfSlots;
        slots.add(0, time, time, CallOutcome::ok, 1'000);
    }
    EXPECT_EQ(calls_in(slots, kBegin, kBegin + 10 * kSecondOfSlots), 1U);
    const auto later = kBegin + 2 * kHour;
    slots.add(0, later, later, CallOutcome::ok, 1'000);
    EXPECT_EQ(calls_in(slots, kBegin, kBegin + 10 * kSecondOfSlots), 30U);
    EXPECT_EQ(calls_in(slots, kBegin, kBegin + 600 * kSecondOfSlots), 60U);
    EXPECT_EQ(calls_in(slots, later, kForever), 1U);
}

TEST(CallSlots, after_two_days_counts_are_forgotten) {
    CallSlots slots;
    slots.add(0, kBegin, kBegin, CallOutcome::ok, 1'000);
    const auto later = kBegin + 49 * kHour;
    slots.add(0, later, later, CallOutcome::ok, 1'000);
    EXPECT_EQ(calls_in(slots, 0, kForever), 1U);
    EXPECT_EQ(slots.first_ns(), later);
}

TEST(CallSlots, late_calls_count_at_their_time) {
    CallSlots slots;
    slots.add(0, kBegin, kBegin + 3 * kHour, CallOutcome::ok, 1'000);
    EXPECT_EQ(calls_in(slots, kBegin, kBegin + 300 * kSecondOfSlots), 1U);
    EXPECT_EQ(calls_in(slots, kBegin + 300 * kSecondOfSlots, kForever), 0U);
}

TEST(CallSlots, their_memory_is_limited) {
    CallSlots slots{10'000};
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const auto time = kBegin + i / 100 * 10 * kSecondOfSlots;
        slots.add(i % 100, time, time, CallOutcome::ok, 1'000);
        ASSERT_LE(slots.buckets(), 10'000U);
    }
    const auto last = kBegin + 1'990 * kSecondOfSlots;
    EXPECT_EQ(calls_in(slots, last, kForever), 1U) << "the newest slots are kept";
    EXPECT_GT(slots.first_ns(), kBegin);
}

TEST(CallCell, calls_of_all_durations_are_counted) {
    CallCell cell;
    EXPECT_EQ(cell.quantile_ns(0.99), 0);
    for (const auto duration : {std::int64_t{0}, std::int64_t{1}, std::numeric_limits<std::int64_t>::max()}) {
        cell.add(CallOutcome::ok, duration);
    }
    EXPECT_EQ(cell.calls(), 3U);
    EXPECT_EQ(cell.quantile_ns(0.5), 1);
    EXPECT_EQ(cell.quantile_ns(0.99), (std::int64_t{1} << 53) - 1);
}

}  // namespace
}  // namespace tw::console
