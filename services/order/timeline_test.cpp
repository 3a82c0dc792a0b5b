#include "services/order/timeline.hpp"

#include "kit/events/direct_bus.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/outbox/consumer.hpp"
#include "kit/outbox/inbox.hpp"
#include "kit/outbox/relay.hpp"
#include "services/order/orders_fixture.hpp"

#include <span>
#include <vector>

#include <fmt/format.h>

namespace tw::order {
namespace {

/// A replica with a relay and the consumer of the timeline.
class TimelineTest : public OrdersTest {
 protected:
    TimelineTest() {
        consumer_.start();
        relay_.start();
    }
    ~TimelineTest() override {
        run(stopped(relay_.stop()));
        run(stopped(consumer_.stop()));
    }
    static Task<bool> stopped(Task<void> task) {
        co_await std::move(task);
        co_return true;
    }
    Task<Result<void>> add(const CallContext& ctx, const events::Event& event) {
        auto added = co_await replica_.timeline().add(ctx, event);
        replica_.news().changed(event.aggregate_id);
        co_return added;
    }
    Task<Result<void>> add_all(const CallContext& ctx, std::span<const events::Event> events) {
        auto added = co_await replica_.timeline().add_all(ctx, events);
        for (const auto& event : events) replica_.news().changed(event.aggregate_id);
        co_return added;
    }
    Result<::order::Timeline> get(std::string id) {
        ::order::GetTimelineRequest request;
        request.set_id(std::move(id));
        return run(replica_.client().get_timeline(db_.context(), request));
    }
    std::vector<std::string> types_of(const std::string& id, std::size_t count) {
        std::vector<std::string> types;
        const auto end = db_.loop().now() + std::chrono::seconds{20};
        while (types.size() < count && db_.loop().now() < end) {
            types.clear();
            const auto timeline = get(id);
            for (const auto& entry : timeline->entries()) types.push_back(entry.type());
            std::ignore = run(sleep_for(db_.context(), std::chrono::milliseconds{2}));
        }
        return types;
    }
    Task<Result<std::vector<std::string>>> watch(std::string id, std::int64_t after_version) {
        ::order::WatchOrderRequest request;
        request.set_id(id);
        request.set_after_version(after_version);
        auto call = co_await replica_.client().watch_order(db_.context(), request);
        if (!call) co_return std::move(call).error();
        std::vector<std::string> seen;
        while (true) {
            auto next = co_await call->read();
            if (!next) co_return std::move(next).error();
            if (!*next) co_return seen;
            seen.push_back((*next)->status());
        }
    }

    events::DirectBus bus_{db_.telemetry()};
    outbox::Consumer consumer_{
        db_.loop(),
        bus_,
        db_.database(),
        clock_,
        db_.telemetry(),
        {.stream = std::string{kOrderStream}, .name = std::string{kTimelineConsumer}, .module = "order", .replica = "1"},
        [this](const CallContext& ctx, const events::Event& event) { return add(ctx, event); },
        [this](const CallContext& ctx, std::span<const events::Event> events) { return add_all(ctx, events); }};
    outbox::Relay relay_{db_.loop(), db_.database(), bus_, clock_, db_.telemetry(), "1", {.module = "order"}};
};

INSTANTIATE_TEST_SUITE_P(Engines, TimelineTest, testing::ValuesIn(test::kDatabases));

TEST_P(TimelineTest, tells_each_change_of_an_order_in_its_order) {
    const auto id = new_order(replica_);
    std::ignore = run(pay(replica_, id, "tok_declined"));
    ASSERT_TRUE(run(pay(replica_, id, "tok_ok")));
    EXPECT_THAT(types_of(id, 6), testing::ElementsAre("order.created", "order.payment_started", "order.payment_failed",
                                                      "order.payment_started", "order.confirmed", "order.paid"));
    const auto timeline = get(id);
    const auto& failed = timeline->entries(2);
    EXPECT_EQ(failed.reason(), "card_declined");
    EXPECT_EQ(failed.actor(), "system");
    EXPECT_EQ(failed.payment_id(), id + "#1");
    EXPECT_EQ(failed.status(), "pending");
    EXPECT_EQ(failed.payment_status(), "failed");
    EXPECT_EQ(failed.version(), 3);
    EXPECT_EQ(failed.order_id(), id);
    EXPECT_EQ(timeline->entries(3).actor(), "anonymous");
    EXPECT_EQ(timeline->entries(5).at(), order(id).updated_at.to_string());
    for (int i = 1; i < timeline->entries_size(); ++i) EXPECT_LT(timeline->entries(i - 1).at(), timeline->entries(i).at());
}

TEST_P(TimelineTest, a_payload_is_the_entry_as_the_contract_describes_it) {
    OrderChange change{order(new_order(replica_)), kOrderConfirmed};
    change.order.reason = "she said \"no\"\n";
    change.order.payment_id = "pay-1";
    change.order.version = 7;
    const auto payload = payload_of(db_.context(), change, "ann");
    ::order::TimelineEntry entry;
    std::vector<Violation> violations;
    ASSERT_TRUE(http::parse_json(payload, entry, violations)) << payload;
    EXPECT_TRUE(violations.empty()) << payload;
    EXPECT_EQ(entry.type(), kOrderConfirmed);
    EXPECT_EQ(entry.actor(), "ann");
    EXPECT_EQ(entry.reason(), change.order.reason);
    EXPECT_EQ(entry.order_id(), change.order.id.to_string());
    EXPECT_EQ(entry.version(), 7);
    // A field that the contract gets later must be in the payload, too.
    std::string written;
    http::write_json(entry, written);
    EXPECT_EQ(payload, written);
}

TEST_P(TimelineTest, an_event_that_comes_twice_is_told_once) {
    const auto id = new_order(replica_);
    const OrderChange change{order(id), kOrderCreated};
    events::Event event{.id = "event-1", .type = "order.created", .aggregate_id = id, .payload = {}, .traceparent = {}};
    event.payload = payload_of(db_.context(), change, "anonymous");
    EXPECT_TRUE(run(replica_.timeline().add(db_.context(), event)));
    EXPECT_TRUE(run(replica_.timeline().add(db_.context(), event)));
    EXPECT_THAT(types_of(id, 1), testing::ElementsAre("order.created"));
}

TEST_P(TimelineTest, events_that_come_together_are_told_at_once_or_not_at_all) {
    const auto id = new_order(replica_);
    std::vector<events::Event> events;
    for (int version = 101; version < 121; ++version) {
        OrderChange change{order(id), kOrderConfirmed};
        change.order.version = version;
        auto& event = events.emplace_back();
        event = {.id = fmt::format("event-{}", version),
                 .type = "order.confirmed",
                 .aggregate_id = id,
                 .payload = {},
                 .traceparent = {}};
        event.payload = payload_of(db_.context(), change, "anonymous");
    }
    auto last = events.back();
    events.back().payload = "{}";
    EXPECT_EQ(run(replica_.timeline().add_all(db_.context(), events)).error().code(), Code::invalid_argument);
    EXPECT_EQ(types_of(id, 1).size(), 1U);
    events.back() = last;
    EXPECT_TRUE(run(replica_.timeline().add_all(db_.context(), events)));
    EXPECT_EQ(types_of(id, 21).size(), 21U);
    EXPECT_TRUE(outbox::was_applied(run(replica_.timeline().add_all(db_.context(), events)).error()) ||
                sql::violates(run(replica_.timeline().add_all(db_.context(), events)).error(), "order_timeline_pkey"));
}

TEST_P(TimelineTest, an_event_without_an_entry_is_refused) {
    for (const auto* payload : {"", "{}", "[]", R"({"version": "x"})", R"({"nonsense": 1})"}) {
        const events::Event event{
            .id = "event-1", .type = "order.created", .aggregate_id = "1", .payload = payload, .traceparent = {}};
        EXPECT_FALSE(run(replica_.timeline().add(db_.context(), event))) << payload;
    }
}

TEST_P(TimelineTest, an_unknown_order_has_none) {
    EXPECT_EQ(get("none").error().reason(), "ORDER_NOT_FOUND");
    EXPECT_EQ(get("0190b6a0-0000-7000-8000-000000000009").error().reason(), "ORDER_NOT_FOUND");
}

TEST_P(TimelineTest, whoever_watches_an_order_sees_it_until_its_end) {
    const auto id = new_order(replica_);
    auto watching_and_canceling = both(watch(id, 0), cancel(replica_, id));
    const auto [seen, canceled] = run(std::move(watching_and_canceling));
    ASSERT_TRUE(seen) << seen.error().detail();
    ASSERT_TRUE(canceled);
    EXPECT_GE(seen->size(), 1U);
    EXPECT_EQ(seen->back(), "canceled");
    // What was seen already is not sent again.
    EXPECT_THAT(run(watch(id, canceled->version())).value(), testing::IsEmpty());
    EXPECT_THAT(run(watch(id, canceled->version() - 1)).value(), testing::ElementsAre("canceled"));
    EXPECT_EQ(run(watch("none", 0)).error().reason(), "ORDER_NOT_FOUND");
}

TEST_P(TimelineTest, a_watch_ends_when_the_process_shuts_down) {
    const auto id = new_order(replica_);
    const auto close = [](OrdersFixture& fixture, OrderReplica& replica) -> Task<bool> {
        std::ignore = co_await sleep_for(fixture.db_.context(), std::chrono::milliseconds{20});
        replica.news().close();
        co_return true;
    };
    auto watching_and_closing = both(watch(id, 0), close(*this, replica_));
    const auto [seen, closed] = run(std::move(watching_and_closing));
    EXPECT_EQ(seen.error().code(), Code::unavailable);
}

}  // namespace
}  // namespace tw::order
