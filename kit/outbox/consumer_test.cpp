#include "kit/outbox/consumer.hpp"

#include "kit/outbox/outbox_fixture.hpp"

#include <span>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>

namespace tw::outbox {
namespace {

using testing::ElementsAre;

constexpr sql::Statement kInsertLine{"INSERT test_timeline", "INSERT INTO test_timeline (event_id, type) VALUES ($1, $2)"};
constexpr sql::Statement kReadLines{"SELECT test_timeline", "SELECT event_id, type FROM test_timeline ORDER BY event_id"};
constexpr std::array kLineTables{
    sql::Migration{1, "timeline", "CREATE TABLE test_timeline (event_id text NOT NULL, type text NOT NULL)"}};
constexpr sql::Schema kLineSchema{.name = "timeline", .sqlite = kLineTables, .postgres = kLineTables};

/// A consumer that adds a line for each event to a table of its database.
class ConsumerTest : public OutboxTest {
 protected:
    ConsumerTest() { db_.store().migrate(kLineSchema).value(); }

    Task<Result<void>> add_line(const CallContext& ctx, events::Event event) {
        ++handled_;
        if (event.type == fails_ && failures_ > 0) {
            --failures_;
            if (throws_) throw std::runtime_error{"a bug"};
            co_return Error{Code::failed_precondition, "NO_ROOM", "there is no room"};
        }
        sql::Unit unit;
        unit.add(kInsertLine, event.id, event.type);
        mark_applied(unit, "timeline", event.id, clock_.now());
        auto written = co_await db_.database().write(ctx, std::move(unit));
        if (!written && was_applied(written.error())) co_return Result<void>{};
        co_return written;
    }
    std::vector<std::string> lines() {
        std::vector<std::string> types;
        const auto rows = db_.run(db_.database().query(db_.context(), kReadLines)).value();
        for (const auto& row : rows) types.push_back(row.get<std::string>(1));
        return types;
    }
    std::vector<DeadEvent> dead() { return db_.run(store_.dead(db_.context(), 10)).value(); }

    events::DirectBus direct_{db_.telemetry()};
    Consumer consumer_{db_.loop(),
                       direct_,
                       db_.database(),
                       clock_,
                       db_.telemetry(),
                       {.stream = "order",
                        .name = "timeline",
                        .module = "order",
                        .replica = "replica",
                        .attempts_max = 3,
                        .retry_first = std::chrono::milliseconds{1},
                        .retry_last = std::chrono::milliseconds{2}},
                       [this](const CallContext& ctx, const events::Event& event) { return add_line(ctx, event); }};
    Relay relay_{db_.loop(), db_.database(), direct_, clock_, db_.telemetry(), "relay", quick_options()};
    std::string fails_;
    int failures_ = 0;
    bool throws_ = false;
    int handled_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Engines, ConsumerTest, testing::ValuesIn(test::kDatabases));

TEST_P(ConsumerTest, each_event_is_applied_in_order) {
    ASSERT_TRUE(add_event("order-1", "order.created"));
    ASSERT_TRUE(add_event("order-1", "order.confirmed"));
    consumer_.start();
    relay_.start();
    run_until([this] { return handled_ == 2 && stored() == 0; });
    stop(relay_);
    stop(consumer_);
    EXPECT_THAT(lines(), ElementsAre("order.created", "order.confirmed"));
}

TEST_P(ConsumerTest, an_event_that_comes_twice_is_applied_once) {
    const events::Event event{.id = "event-1", .type = "order.created", .aggregate_id = "order-1", .payload = "{}"};
    consumer_.start();
    ASSERT_TRUE(db_.run(direct_.publish(db_.context(), "order", event)));
    ASSERT_TRUE(db_.run(direct_.publish(db_.context(), "order", event)));
    stop(consumer_);
    EXPECT_EQ(handled_, 2);
    EXPECT_THAT(lines(), ElementsAre("order.created"));
    EXPECT_EQ(db_.run(store_.forget_applied(db_.context(), clock_.now() + std::chrono::hours{1}, 10)).value(), 1);
}

TEST_P(ConsumerTest, a_failure_that_passes_delays_the_event_and_those_after_it) {
    fails_ = "order.created";
    failures_ = 2;
    ASSERT_TRUE(add_event("order-1", "order.created"));
    ASSERT_TRUE(add_event("order-1", "order.confirmed"));
    consumer_.start();
    relay_.start();
    run_until([this] { return stored() == 0; });
    stop(relay_);
    stop(consumer_);
    EXPECT_THAT(lines(), ElementsAre("order.created", "order.confirmed"));
    EXPECT_TRUE(dead().empty());
}

TEST_P(ConsumerTest, an_event_that_fails_for_good_is_put_aside_and_the_next_ones_are_applied) {
    for (const bool throws : {false, true}) {
        throws_ = throws;
        fails_ = "order.created";
        failures_ = 3;
        ASSERT_TRUE(add_event("order-1", "order.created"));
        ASSERT_TRUE(add_event("order-1", "order.confirmed"));
        if (!throws) {
            consumer_.start();
            relay_.start();
        }
        run_until([this] { return stored() == 0; });
        ASSERT_EQ(dead().size(), 1U);
        const auto event = dead().front();
        EXPECT_EQ(event.consumer, "timeline");
        EXPECT_EQ(event.event.type, "order.created");
        EXPECT_NE(event.error.find(throws ? "a bug" : "NO_ROOM"), std::string::npos) << event.error;
        EXPECT_TRUE(db_.run(store_.drop(db_.context(), event.event.id, "timeline")).value());
        EXPECT_FALSE(db_.run(store_.drop(db_.context(), event.event.id, "timeline")).value());
    }
    stop(relay_);
    stop(consumer_);
    EXPECT_THAT(lines(), ElementsAre("order.confirmed", "order.confirmed"));
}

TEST_P(ConsumerTest, a_dead_event_that_is_redriven_is_applied) {
    fails_ = "order.created";
    failures_ = 3;
    ASSERT_TRUE(add_event("order-1", "order.created"));
    consumer_.start();
    relay_.start();
    run_until([this] { return stored() == 0; });
    const auto id = dead().front().event.id;
    EXPECT_EQ(db_.run(store_.count_dead(db_.context(), "order")).value(), 1);
    EXPECT_TRUE(db_.run(store_.redrive(db_.context(), id, "timeline", clock_.now())).value());
    EXPECT_FALSE(db_.run(store_.redrive(db_.context(), id, "timeline", clock_.now())).value());
    run_until([this] { return handled_ == 4 && stored() == 0; });
    stop(relay_);
    stop(consumer_);
    EXPECT_THAT(lines(), ElementsAre("order.created"));
    EXPECT_TRUE(dead().empty());
}

TEST_P(ConsumerTest, an_event_stays_in_the_outbox_until_a_handler_has_done_its_work) {
    // The consumer stops in the middle of an event, as a process does that ends.
    fails_ = "order.created";
    failures_ = 1;
    ASSERT_TRUE(add_event("order-1", "order.created"));
    consumer_.start();
    relay_.start();
    run_until([this] { return handled_ >= 1; });
    stop(relay_);
    stop(consumer_);
    EXPECT_GE(stored() + std::ssize(lines()), 1);
}

/// A consumer that also takes several events at once, with a relay that publishes them.
class BatchConsumerTest : public ConsumerTest {
 protected:
    Task<Result<void>> add_lines(const CallContext& ctx, std::span<const events::Event> events) {
        batches_.push_back(events.size());
        if (batch_throws_) throw std::runtime_error{"a bug"};
        sql::Unit unit;
        for (const auto& event : events) {
            if (event.type == fails_ && failures_ > 0) co_return Error{Code::failed_precondition, "NO_ROOM", "there is no room"};
            unit.add(kInsertLine, event.id, event.type);
        }
        mark_applied(unit, "timeline", events, clock_.now());
        co_return co_await db_.database().write(ctx, std::move(unit));
    }
    /// Lets the consumer apply what is stored.
    void apply_all() {
        batch_consumer_.start();
        relay_.start();
        run_until([this] { return stored() == 0; });
        stop(relay_);
        stop(batch_consumer_);
    }

    Consumer batch_consumer_{
        db_.loop(),
        direct_,
        db_.database(),
        clock_,
        db_.telemetry(),
        {.stream = "order",
         .name = "timeline",
         .module = "order",
         .replica = "replica",
         .attempts_max = 3,
         .retry_first = std::chrono::milliseconds{1},
         .retry_last = std::chrono::milliseconds{2}},
        [this](const CallContext& ctx, const events::Event& event) { return add_line(ctx, event); },
        [this](const CallContext& ctx, std::span<const events::Event> events) { return add_lines(ctx, events); }};
    std::vector<std::size_t> batches_;
    bool batch_throws_ = false;
};

INSTANTIATE_TEST_SUITE_P(Engines, BatchConsumerTest, testing::ValuesIn(test::kDatabases));

TEST_P(BatchConsumerTest, events_that_are_published_together_are_applied_together) {
    for (const auto* type : {"order.created", "order.confirmed", "order.completed"}) ASSERT_TRUE(add_event("order-1", type));
    apply_all();
    EXPECT_EQ(handled_, 0);
    EXPECT_THAT(batches_, ElementsAre(3U));
    EXPECT_THAT(lines(), ElementsAre("order.created", "order.confirmed", "order.completed"));
}

TEST_P(BatchConsumerTest, many_events_are_marked_as_applied) {
    std::vector<events::Event> many;
    for (int i = 0; i < 40; ++i) many.push_back({.id = std::to_string(i), .type = "t", .aggregate_id = "a", .payload = "{}"});
    for (const bool again : {false, true}) {
        sql::Unit unit;
        mark_applied(unit, "timeline", many, clock_.now());
        const auto written = db_.run(db_.database().write(db_.context(), std::move(unit)));
        EXPECT_EQ(written.has_value(), !again);
        EXPECT_EQ(again, !written && was_applied(written.error()));
    }
    EXPECT_EQ(db_.run(store_.forget_applied(db_.context(), clock_.now() + std::chrono::hours{1}, 100)).value(), 40);
}

TEST_P(BatchConsumerTest, an_event_that_was_applied_before_does_not_keep_the_others) {
    ASSERT_TRUE(add_event("order-1", "order.created"));
    ASSERT_TRUE(add_event("order-1", "order.confirmed"));
    const auto first = db_.run(store_.oldest(db_.context(), "order", partition_of("order-1"), 1)).value().front().event;
    ASSERT_TRUE(db_.run(add_line(db_.context(), first)));
    apply_all();
    EXPECT_THAT(lines(), ElementsAre("order.created", "order.confirmed"));
    EXPECT_EQ(handled_, 3);
}

TEST_P(BatchConsumerTest, an_event_that_fails_for_good_is_put_aside_and_the_others_are_applied) {
    for (const bool throws : {false, true}) {
        batch_throws_ = throws;
        fails_ = "order.confirmed";
        failures_ = 3;
        for (const auto* type : {"order.created", "order.confirmed", "order.completed"}) ASSERT_TRUE(add_event("order-1", type));
        if (!throws) {
            batch_consumer_.start();
            relay_.start();
        }
        run_until([this] { return stored() == 0; });
        ASSERT_EQ(dead().size(), 1U);
        const auto event = dead().front().event;
        EXPECT_EQ(event.type, "order.confirmed");
        EXPECT_TRUE(db_.run(store_.drop(db_.context(), event.id, "timeline")).value());
    }
    stop(relay_);
    stop(batch_consumer_);
    EXPECT_THAT(lines(), ElementsAre("order.created", "order.completed", "order.created", "order.completed"));
}

TEST_P(BatchConsumerTest, events_are_published_one_by_one_if_another_group_takes_no_batches) {
    int others = 0;
    Consumer other{db_.loop(),
                   direct_,
                   db_.database(),
                   clock_,
                   db_.telemetry(),
                   {.stream = "order", .name = "counter", .module = "order", .replica = "replica"},
                   [&others](const CallContext&, const events::Event&) -> Task<Result<void>> {
                       ++others;
                       co_return Result<void>{};
                   }};
    other.start();
    ASSERT_TRUE(add_event("order-1", "order.created"));
    ASSERT_TRUE(add_event("order-1", "order.confirmed"));
    apply_all();
    stop(other);
    EXPECT_TRUE(batches_.empty());
    EXPECT_EQ(handled_, 2);
    EXPECT_EQ(others, 2);
}

TEST_P(ConsumerTest, buses_of_one_loop_share_their_consumers) {
    const auto consumers = events::DirectBus::make_consumers();
    events::DirectBus first{db_.telemetry(), consumers};
    events::DirectBus second{db_.telemetry(), consumers};
    int handled = 0;
    Consumer consumer{db_.loop(),
                      second,
                      db_.database(),
                      clock_,
                      db_.telemetry(),
                      {.stream = "order", .name = "counter", .module = "order", .replica = "replica"},
                      [&handled](const CallContext&, const events::Event&) -> Task<Result<void>> {
                          ++handled;
                          co_return Result<void>{};
                      }};
    consumer.start();
    const events::Event event{.id = "1", .type = "order.created", .aggregate_id = "a", .payload = "{}", .traceparent = {}};
    EXPECT_TRUE(db_.run(first.publish(db_.context(), "order", event)));
    EXPECT_EQ(handled, 1);
    stop(consumer);
    EXPECT_TRUE(db_.run(first.publish(db_.context(), "order", event)));
    EXPECT_EQ(handled, 1);
}

}  // namespace
}  // namespace tw::outbox
