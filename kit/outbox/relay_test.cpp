#include "kit/outbox/relay.hpp"

#include "kit/outbox/outbox_fixture.hpp"
#include "kit/sql/database_decorator.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace tw::outbox {
namespace {

using testing::ElementsAre;

class RelayTest : public OutboxTest {
 protected:
    /// Lets the relay "relay" have all partitions, so that another one of this name has them at
    /// once.
    void take_partitions() {
        Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "relay", quick_options()};
        relay.start();
        run_until([this] { return db_.run(store_.leases(db_.context(), "order")).value().size() == kPartitions; });
        stop(relay);
    }
    static std::string id_of_first_partition() {
        for (int i = 0;; ++i) {
            if (auto id = "order-" + std::to_string(i); partition_of(id) == 0) return id;
        }
    }
};

/// Counts the reads.
class CountingDatabase final : public sql::DatabaseDecorator {
 public:
    using DatabaseDecorator::DatabaseDecorator;
    int reads = 0;

 private:
    Task<Result<std::optional<sql::Row>>> do_query_row(const CallContext& ctx, const sql::Statement& statement,
                                                       std::vector<sql::Value> parameters) override {
        ++reads;
        return DatabaseDecorator::do_query_row(ctx, statement, std::move(parameters));
    }
    Task<Result<sql::Rows>> do_query(const CallContext& ctx, const sql::Statement& statement,
                                     std::vector<sql::Value> parameters) override {
        ++reads;
        return DatabaseDecorator::do_query(ctx, statement, std::move(parameters));
    }
};

/// Calls back after a read of events, before the reader gets them.
class HookedDatabase final : public sql::DatabaseDecorator {
 public:
    using DatabaseDecorator::DatabaseDecorator;
    std::function<Task<void>()> after_read;

 private:
    Task<Result<sql::Rows>> do_query(const CallContext& ctx, const sql::Statement& statement,
                                     std::vector<sql::Value> parameters) override {
        auto rows = co_await DatabaseDecorator::do_query(ctx, statement, std::move(parameters));
        if (statement.summary != "SELECT outbox waiting") co_return rows;
        if (const auto hook = std::exchange(after_read, nullptr)) co_await hook();
        co_return rows;
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, RelayTest, testing::ValuesIn(test::kDatabases));

/// Keeps the lines of a log.
class LogOfRelay final : public telemetry::LogSink {
 public:
    void write(std::string_view line) override { lines_.emplace_back(line); }
    std::ptrdiff_t count(std::string_view text) const {
        return std::ranges::count_if(lines_, [text](const auto& line) { return line.find(text) != line.npos; });
    }

 private:
    std::vector<std::string> lines_;
};

TEST_P(RelayTest, events_of_an_aggregate_are_published_in_their_order_and_removed) {
    for (const auto* type : {"order.created", "order.confirmed", "order.fulfilled", "order.completed", "order.archived"}) {
        ASSERT_TRUE(add_event("order-1", type));
    }
    Relay first{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", quick_options()};
    first.start();
    run_until([this] { return stored() == 0; });
    stop(first);
    EXPECT_THAT(bus_.types(),
                ElementsAre("order.created", "order.confirmed", "order.fulfilled", "order.completed", "order.archived"));
    EXPECT_EQ(bus_.published.front().aggregate_id, "order-1");
    EXPECT_EQ(bus_.published.front().payload, "{}");
    EXPECT_EQ(stored(), 0);
}

TEST_P(RelayTest, nothing_overtakes_an_event_that_cannot_be_published) {
    bus_.refusals = 3;
    ASSERT_TRUE(add_event("order-1", "order.created"));
    ASSERT_TRUE(add_event("order-1", "order.canceled"));
    Relay first{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", quick_options()};
    first.start();
    run_until([this] { return bus_.published.size() == 2; });
    stop(first);
    EXPECT_THAT(bus_.types(), ElementsAre("order.created", "order.canceled"));
}

TEST_P(RelayTest, an_event_whose_publication_was_not_confirmed_is_published_again) {
    bus_.lost_answers = 1;
    ASSERT_TRUE(add_event("order-1", "order.created"));
    Relay first{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", quick_options()};
    first.start();
    run_until([this] { return stored() == 0; });
    stop(first);
    ASSERT_EQ(bus_.published.size(), 2U);
    EXPECT_EQ(bus_.published[0].id, bus_.published[1].id);
    EXPECT_EQ(stored(), 0);
}

TEST_P(RelayTest, an_event_is_published_in_the_trace_of_the_place_that_wrote_it) {
    TraceContext writer{.flags = TraceContext::kSampled};
    writer.trace_id[0] = writer.span_id[0] = 1;
    sql::Unit unit;
    outbox::add(unit, db_.context().with_trace(writer), random_,
                {.stream = "order", .type = "order.created", .aggregate_id = "order-1", .payload = "{}", .at = next_time()});
    ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    ASSERT_TRUE(add_event("order-1", "order.canceled"));
    Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", quick_options()};
    relay.start();
    run_until([this] { return stored() == 0; });
    stop(relay);
    ASSERT_EQ(bus_.traces.size(), 2U);
    EXPECT_EQ(bus_.traces[0].trace_id, writer.trace_id);
    EXPECT_EQ(bus_.traces[0].span_id, writer.span_id);
    EXPECT_FALSE(bus_.traces[1].valid());
    EXPECT_FALSE(bus_.traces[1].untraced);
}

TEST_P(RelayTest, modules_that_share_a_database_publish_their_own_events) {
    ASSERT_TRUE(add_event("order-1", "order.created"));
    RecordingBus other_bus;
    auto options = quick_options();
    options.module = "user";
    Relay other{db_.loop(), db_.database(), other_bus, clock_, db_.telemetry(), "other", options};
    other.start();
    run_until([this] { return db_.run(store_.leases(db_.context(), "user")).value().size() == kPartitions; });
    Relay own{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "own", quick_options()};
    own.start();
    run_until([this] { return stored() == 0; });
    stop(other);
    stop(own);
    EXPECT_THAT(bus_.types(), ElementsAre("order.created"));
    EXPECT_TRUE(other_bus.published.empty());
}

TEST_P(RelayTest, an_event_that_was_not_committed_is_not_published) {
    sql::Unit unit;
    outbox::add(unit, db_.context(), random_,
                {.stream = "order", .type = "order.created", .aggregate_id = "order-1", .payload = "{}", .at = next_time()});
    // The unit fails because of its second event, which has a payload that no engine keeps.
    outbox::add(unit, db_.context(), random_,
                {.stream = "order", .type = "order.broken", .aggregate_id = "order-1", .payload = {"\0", 1}, .at = next_time()});
    EXPECT_FALSE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    EXPECT_EQ(stored(), 0);
}

TEST_P(RelayTest, every_partition_has_one_relay_and_another_one_takes_over) {
    Relay first{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", quick_options()};
    Relay second{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "second", quick_options()};
    first.start();
    second.start();
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(add_event("order-" + std::to_string(i), "order.created"));
    run_until([this] { return stored() == 0; });
    const auto owners = [this] {
        std::map<std::string, int> count;
        const auto leases = db_.run(store_.leases(db_.context(), "order")).value();
        for (const auto& lease : leases) ++count[lease.owner];
        return count;
    };
    EXPECT_EQ(owners()["first"] + owners()["second"], kPartitions);
    stop(first);
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(add_event("order-" + std::to_string(i), "order.canceled"));
    run_until([this] { return stored() == 0; });
    EXPECT_EQ(owners()["second"], kPartitions);
    stop(second);
    std::set<std::string> ids;
    for (const auto& event : bus_.published) ids.insert(event.id);
    EXPECT_EQ(ids.size(), 80U);
}

TEST_P(RelayTest, a_lease_that_was_taken_while_the_clock_was_ahead_keeps_nobody_waiting) {
    const auto ahead = clock_.now() + std::chrono::hours{1};
    for (std::int64_t partition = 0; partition < kPartitions; ++partition) {
        ASSERT_TRUE(db_.run(store_.claim(db_.context(), "order", partition, std::nullopt, "dead", ahead)));
    }
    ASSERT_TRUE(add_event("order-1", "order.created"));
    Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", quick_options()};
    relay.start();
    run_until([this] { return stored() == 0; });
    stop(relay);
    EXPECT_THAT(bus_.types(), testing::ElementsAre("order.created"));
}

TEST_P(RelayTest, leases_are_not_renewed_in_every_round) {
    auto options = quick_options();
    options.lease = std::chrono::hours{1};
    Relay first{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", options};
    Relay second{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "second", options};
    first.start();
    second.start();
    run_until([this] { return db_.run(store_.leases(db_.context(), "order")).value().size() == kPartitions; });
    // Both relays have some rounds in which to see that no partition is free.
    ASSERT_TRUE(add_event("order-1", "order.created"));
    run_until([this] { return stored() == 0; });
    for (int i = 0; i < 50; ++i) std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{4}));
    const auto units = db_.store().stats().units;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(add_event("order-1", "order.created"));
        run_until([this] { return stored() == 0; });
    }
    // Each event is one unit, and its removal is another one.
    EXPECT_EQ(db_.store().stats().units - units, 6U);
    stop(first);
    stop(second);
}

TEST_P(RelayTest, all_leases_of_a_relay_are_renewed_by_one_write) {
    auto options = quick_options();
    options.lease = std::chrono::milliseconds{600};
    Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "relay", options};
    relay.start();
    run_until([this] { return db_.run(store_.leases(db_.context(), "order")).value().size() == kPartitions; });
    const auto until = [this] {
        auto earliest = clock_.now() + std::chrono::hours{1};
        const auto leases = db_.run(store_.leases(db_.context(), "order"));
        for (const auto& lease : *leases) earliest = std::min(earliest, lease.until);
        return earliest;
    };
    const auto before = until();
    const auto units = db_.store().stats().units;
    run_until([&] { return until() > before + options.lease; });
    EXPECT_LE(db_.store().stats().units - units, 5U);
    stop(relay);
}

TEST_P(RelayTest, a_lease_that_another_replica_has_taken_is_not_renewed_with_the_others) {
    auto options = quick_options();
    options.lease = std::chrono::seconds{3};
    Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "relay", options};
    relay.start();
    run_until([this] { return db_.run(store_.leases(db_.context(), "order")).value().size() == kPartitions; });
    // The clock of the other replica is ahead, so that it has taken a lease that is not over.
    const auto lease = db_.run(store_.leases(db_.context(), "order")).value().front();
    const auto until = clock_.now() + 2 * options.lease;
    ASSERT_TRUE(*db_.run(store_.claim(db_.context(), "order", lease.partition, lease, "thief", until)));
    std::ignore = db_.run(sleep_for(db_.context(), std::chrono::seconds{2}));
    const auto leases = db_.run(store_.leases(db_.context(), "order"));
    for (const auto& one : *leases) {
        EXPECT_EQ(one.owner, one.partition == lease.partition ? "thief" : "relay");
        EXPECT_GT(one.until, clock_.now());
    }
    stop(relay);
}

TEST_P(RelayTest, a_relay_whose_bus_is_away_logs_that_once) {
    bus_.refusals = 1'000'000;
    LogOfRelay lines;
    const telemetry::Logger log{"test", clock_, lines,
                                std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::warn)};
    const auto quiet = db_.telemetry();
    const telemetry::Telemetry telemetry{.tracer = quiet.tracer, .log = log, .meter = quiet.meter};
    Relay relay{db_.loop(), db_.database(), bus_, clock_, telemetry, "relay", quick_options()};
    relay.start();
    ASSERT_TRUE(add_event("order-1", "order.created"));
    run_until([this] { return bus_.refusals < 1'000'000 - 20; });
    EXPECT_EQ(lines.count("outbox.publish_failed"), 1);
    bus_.refusals = 0;
    run_until([this] { return stored() == 0; });
    stop(relay);
}

TEST_P(RelayTest, a_relay_that_rests_reads_once_a_round_and_finds_the_events_of_other_processes) {
    RelayOptions options{.module = "order",
                         .lease = std::chrono::hours{1},
                         .rest_busy = std::chrono::milliseconds{1},
                         .rest_idle = std::chrono::milliseconds{20}};
    CountingDatabase counting{db_.database()};
    Relay relay{db_.loop(), counting, bus_, clock_, db_.telemetry(), "relay", options};
    relay.start();
    run_until([this] { return db_.run(store_.leases(db_.context(), "order")).value().size() == kPartitions; });
    std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{100}));
    counting.reads = 0;
    std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{200}));
    EXPECT_LE(counting.reads, kPartitions);

    // Nobody wakes the relay.
    ASSERT_TRUE(add_event("order-1", "order.created"));
    run_until([this] { return stored() == 0; });
    EXPECT_THAT(bus_.types(), ElementsAre("order.created"));
    stop(relay);
}

TEST_P(RelayTest, a_relay_that_was_paused_past_its_lease_removes_nothing) {
    Relay first{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "first", quick_options()};
    Relay second{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "second", quick_options()};
    ASSERT_TRUE(add_event("order-1", "order.created"));
    bool second_has_published = false;
    bus_.meanwhile = [&](const CallContext&) -> Task<void> {
        // The second relay publishes while the first one is in the middle of publishing.
        while (!second_has_published) std::ignore = co_await sleep_for(db_.context(), std::chrono::milliseconds{1});
    };
    first.start();
    run_until([this] { return !bus_.meanwhile; });
    second.start();
    run_until([this] { return bus_.published.size() == 1; });
    ASSERT_TRUE(add_event("order-1", "order.canceled"));
    run_until([this] { return bus_.published.size() == 2; });
    second_has_published = true;
    run_until([this] { return bus_.published.size() == 3 && stored() == 0; });
    stop(first);
    stop(second);
    EXPECT_THAT(bus_.types(), ElementsAre("order.created", "order.canceled", "order.created"));
    EXPECT_EQ(stored(), 0);
}

TEST_P(RelayTest, events_of_all_partitions_are_published_at_once_by_a_bus_that_takes_batches) {
    bus_.takes_batches = true;
    take_partitions();
    for (const auto* type : {"order.created", "order.confirmed", "order.completed"}) {
        for (const auto* id : {"order-1", "order-2", "order-3"}) ASSERT_TRUE(add_event(id, type));
    }
    const auto units = db_.store().stats().units;
    Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "relay", quick_options()};
    relay.start();
    run_until([this] { return stored() == 0; });
    stop(relay);
    EXPECT_THAT(bus_.batches, ElementsAre(9U));
    for (const auto* id : {"order-1", "order-2", "order-3"}) {
        std::vector<std::string> types;
        for (const auto& event : bus_.published) {
            if (event.aggregate_id == id) types.push_back(event.type);
        }
        EXPECT_THAT(types, ElementsAre("order.created", "order.confirmed", "order.completed"));
    }
    // The relay renews its sixteen leases by one unit, and removes all events by another one.
    EXPECT_EQ(db_.store().stats().units - units, 2U);
}

TEST_P(RelayTest, events_that_come_soon_after_others_gather) {
    bus_.takes_batches = true;
    auto options = quick_options();
    options.lease = std::chrono::hours{1};
    options.rest_busy = options.rest_idle = std::chrono::milliseconds{200};
    Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "relay", options};
    relay.start();
    run_until([this] { return db_.run(store_.leases(db_.context(), "order")).value().size() == kPartitions; });
    std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{250}));
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(add_event("order-" + std::to_string(i), "order.created"));
        relay.wake();
        if (i == 0) run_until([this] { return stored() == 0; });
    }
    run_until([this] { return stored() == 0; });
    stop(relay);
    EXPECT_THAT(bus_.batches, ElementsAre(1U, 4U));
}

TEST_P(RelayTest, an_event_that_is_written_while_a_round_finds_nothing_does_not_wait) {
    auto options = quick_options();
    options.lease = std::chrono::hours{1};
    options.rest_busy = options.rest_idle = std::chrono::hours{1};
    take_partitions();
    HookedDatabase hooked{db_.database()};
    Relay relay{db_.loop(), hooked, bus_, clock_, db_.telemetry(), "relay", options};
    hooked.after_read = [&]() -> Task<void> {
        const std::string id = id_of_first_partition();
        const auto written = co_await write_event(id, "order.created");
        EXPECT_TRUE(written);
        relay.wake();
    };
    relay.start();
    run_until([this] { return bus_.published.size() == 1 && stored() == 0; });
    stop(relay);
    EXPECT_THAT(bus_.types(), ElementsAre("order.created"));
}

TEST_P(RelayTest, a_partition_that_was_lost_does_not_keep_the_events_of_the_others) {
    bus_.takes_batches = true;
    take_partitions();
    ASSERT_TRUE(add_event("order-1", "order.created"));
    ASSERT_TRUE(add_event("order-2", "order.created"));
    ASSERT_NE(partition_of("order-1"), partition_of("order-2"));
    bus_.after_batch = [this]() -> Task<void> {
        // Another replica takes the partition of the first order, although the lease is not over.
        const auto leases = co_await store_.leases(db_.context(), "order");
        for (const auto& lease : *leases) {
            if (lease.partition != partition_of("order-1")) continue;
            const std::optional<PartitionLease> known{lease};
            const auto taken = co_await store_.claim(db_.context(), "order", lease.partition, known, "other",
                                                     clock_.now() + std::chrono::hours{1});
            EXPECT_TRUE(taken && *taken);
        }
    };
    Relay relay{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "relay", quick_options()};
    relay.start();
    run_until([this] { return stored() == 1; });
    std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{50}));
    stop(relay);
    EXPECT_EQ(stored(), 1);
    EXPECT_THAT(bus_.batches, ElementsAre(2U));
}

}  // namespace
}  // namespace tw::outbox
