#include "kit/otlp/pipeline/export_queue.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

telemetry::OtlpBatch batch(std::size_t records, std::size_t bytes = 10) { return {std::string(bytes, 'x'), records}; }

ExportQueue::Outcome push(ExportQueue& queue, telemetry::OtlpBatch batch, std::size_t source = 0) {
    return queue.push(source, batch);
}

using Outcome = ExportQueue::Outcome;

TEST(ExportQueue, what_is_full_drops_the_newest_and_counts_its_records) {
    ExportQueue queue{{.records_max = 10, .due_records = 100}};
    EXPECT_EQ(push(queue, batch(6)), Outcome::kept);
    EXPECT_EQ(push(queue, batch(5)), Outcome::dropped);
    EXPECT_EQ(push(queue, batch(4)), Outcome::kept);
    EXPECT_EQ(queue.dropped(DropReason::queue_full), 5U);
    EXPECT_EQ(queue.records(), 10U);
}

TEST(ExportQueue, bytes_are_bounded_too) {
    ExportQueue queue{{.records_max = 100, .bytes_max = 50}};
    EXPECT_EQ(push(queue, batch(1, 30)), Outcome::kept);
    EXPECT_EQ(push(queue, batch(1, 30)), Outcome::dropped);
    EXPECT_EQ(push(queue, batch(1, 20)), Outcome::kept);
    EXPECT_EQ(queue.bytes(), 50U);
    EXPECT_EQ(queue.dropped(DropReason::queue_full), 1U);
}

TEST(ExportQueue, it_says_once_that_it_is_time_to_send) {
    ExportQueue queue{{.due_records = 4}};
    EXPECT_EQ(push(queue, batch(3)), Outcome::kept);
    EXPECT_EQ(push(queue, batch(1)), Outcome::due);
    EXPECT_EQ(push(queue, batch(4)), Outcome::kept);
    queue.take(100);
    EXPECT_EQ(push(queue, batch(4)), Outcome::due);
}

TEST(ExportQueue, whole_batches_are_taken_in_order_up_to_the_number_wanted) {
    ExportQueue queue{{}};
    for (std::size_t source = 0; source < 4; ++source) push(queue, batch(3), source);
    const auto first = queue.take(7);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].source, 0U);
    EXPECT_EQ(first[1].source, 1U);
    EXPECT_EQ(queue.take(1).size(), 1U);
    EXPECT_EQ(queue.take(100).size(), 1U);
    EXPECT_TRUE(queue.take(100).empty());
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST(ExportQueue, used_buffers_come_back) {
    ExportQueue queue{{}};
    push(queue, batch(1, 5000));
    auto taken = queue.take(10);
    const auto* const memory = taken[0].batch.bytes.data();
    queue.recycle(std::move(taken[0].batch.bytes));
    auto next = batch(1, 20);
    queue.push(0, next);
    EXPECT_EQ(next.bytes.data(), memory);
    EXPECT_TRUE(next.bytes.empty());
    EXPECT_EQ(next.records, 0U);
}

TEST(ExportQueue, what_was_large_once_is_not_kept) {
    ExportQueue queue{{}};
    queue.recycle(std::string(3 * 1024 * 1024, 'x'));
    auto next = batch(1, 20);
    queue.push(0, next);
    EXPECT_LT(next.bytes.capacity(), 1000U);
}

TEST(ExportQueue, after_its_end_everything_is_dropped_as_such) {
    ExportQueue queue{{}};
    push(queue, batch(3));
    queue.close();
    push(queue, batch(2));
    EXPECT_EQ(queue.dropped(DropReason::shutdown), 5U);
    EXPECT_EQ(queue.dropped(DropReason::queue_full), 0U);
    EXPECT_TRUE(queue.take(10).empty());
}

TEST(ExportQueue, nothing_is_lost_between_threads_without_being_counted) {
    ExportQueue queue{{.records_max = 64}};
    std::vector<std::jthread> writers;
    std::size_t taken = 0;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([&queue] {
            for (int n = 0; n < 1000; ++n) push(queue, batch(3));
        });
    }
    for (int i = 0; i < 2000; ++i) {
        for (const auto& one : queue.take(16)) taken += one.batch.records;
    }
    writers.clear();
    taken += queue.records();
    EXPECT_EQ(taken + queue.dropped(DropReason::queue_full), 12'000U);
}

}  // namespace
}  // namespace tw::otlp
