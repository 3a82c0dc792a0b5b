#include "kit/events/local_bus.hpp"
#include "kit/events/redis_bus.hpp"
#include "kit/redis/redis_fixture.hpp"
#include "kit/telemetry/propagation.hpp"

#include <stdexcept>

namespace tw::events {
namespace {

using namespace std::chrono_literals;

/// Tests what every bus promises, with each implementation.
class BusContractTest : public redis::RedisTest, public testing::WithParamInterface<std::string> {
 public:
    void SetUp() override {
        if (GetParam() == "local") {
            bus = std::make_unique<LocalBus>(telemetry.get());
            return;
        }
        auto& server = test::RedisServer::shared();
        server.command({"FLUSHALL"});
        client.emplace(loop, settings_of(server), telemetry.get());
        bus = std::make_unique<RedisBus>(*client, telemetry.get());
    }
    void TearDown() override {
        bus.reset();
        client.reset();
        RedisTest::TearDown();
    }
    static Subscription as(std::string consumer, std::string group = "group") {
        return {.stream = "orders",
                .group = std::move(group),
                .consumer = std::move(consumer),
                .deliveries_max = 3,
                .retry_first = 1ms,
                .retry_last = 4ms,
                .claim_after = 40ms,
                .block = 20ms,
                .batch_events = 4};
    }
    static Event event(int number) {
        return {std::to_string(number), "order.created", "order-" + std::to_string(number % 3), "payload\0x", ""};
    }
    Task<void> publish(int from, int to) {
        for (int i = from; i < to; ++i) {
            const auto next = event(i);
            EXPECT_TRUE(co_await bus->publish(call.context(), "orders", next));
        }
    }
    /// Consumes until `enough` returns true, for three seconds at most.
    void consume(const Subscription& subscription, const Handler& handler, const std::function<bool()>& enough) {
        RootCall consumer{loop, Deadline::after(loop.now(), 3s)};
        const Handler counting = [&](const CallContext& ctx, const Event& given) -> Task<Result<void>> {
            return count(ctx, given, handler, enough, consumer.scope());
        };
        static_cast<void>(run(bus->consume(consumer.context(), subscription, counting)));
        EXPECT_TRUE(enough());
    }
    static Task<Result<void>> count(const CallContext& ctx, const Event& given, const Handler& handler,
                                    const std::function<bool()>& enough, CancelScope& scope) {
        auto outcome = co_await handler(ctx, given);
        // The consumer ends a moment later, after this event has been acknowledged.
        if (enough()) {
            ctx.loop().post([&scope] { scope.cancel(cancelled()); });
        }
        co_return outcome;
    }
    Handler note() {
        return [this](const CallContext&, const Event& given) -> Task<Result<void>> { return keep(given); };
    }
    Task<Result<void>> keep(Event given) {
        seen.push_back(given.id);
        co_return Result<void>{};
    }
    std::vector<std::string> numbers(int from, int to) {
        std::vector<std::string> all;
        for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
        return all;
    }

    std::optional<redis::Client> client;
    std::unique_ptr<Bus> bus;
    std::vector<std::string> seen;
};

INSTANTIATE_TEST_SUITE_P(Buses, BusContractTest, testing::Values("local", "redis"), [](const auto& info) { return info.param; });

TEST_P(BusContractTest, events_come_in_the_order_in_which_they_were_published) {
    run_until_done(loop, publish(0, 20));
    consume(as("one"), note(), [this] { return seen.size() >= 20; });
    EXPECT_EQ(seen, numbers(0, 20));
}

TEST_P(BusContractTest, an_event_comes_as_it_was_published) {
    const Event sent{"id", "order.created", "order-1", std::string{"a\0b\r\n", 5},
                     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
    ASSERT_TRUE(run(bus->publish(call.context(), "orders", sent)));
    Event got;
    const Handler handler = [&got](const CallContext&, const Event& given) -> Task<Result<void>> {
        got = given;
        return [](void) -> Task<Result<void>> { co_return Result<void>{}; }();
    };
    consume(as("one"), handler, [&got] { return !got.id.empty(); });
    EXPECT_EQ(got.id, sent.id);
    EXPECT_EQ(got.type, sent.type);
    EXPECT_EQ(got.aggregate_id, sent.aggregate_id);
    EXPECT_EQ(got.payload, sent.payload);
    EXPECT_EQ(got.traceparent, sent.traceparent);
}

TEST_P(BusContractTest, a_failed_event_is_tried_again_before_the_next_one) {
    run_until_done(loop, publish(0, 3));
    int failures = 2;
    const Handler handler = [&](const CallContext&, const Event& given) -> Task<Result<void>> {
        seen.push_back(given.id);
        const bool fails = given.id == "1" && failures-- > 0;
        return [](bool bad) -> Task<Result<void>> {
            if (bad) co_return unavailable("not now");
            co_return Result<void>{};
        }(fails);
    };
    consume(as("one"), handler, [this] { return seen.size() >= 5; });
    EXPECT_EQ(seen, (std::vector<std::string>{"0", "1", "1", "1", "2"}));
}

TEST_P(BusContractTest, an_exception_of_a_handler_is_a_failure_of_that_event_alone) {
    run_until_done(loop, publish(0, 3));
    const auto first_time = [this](std::string_view id) { return std::ranges::count(seen, id) == 1; };
    const Handler handler = [&](const CallContext&, const Event& given) -> Task<Result<void>> {
        seen.push_back(given.id);
        // One event throws before the handler's first suspension, another inside its task.
        if (given.id == "0" && first_time("0")) throw std::runtime_error{"damaged payload"};
        return [](bool bad) -> Task<Result<void>> {
            if (bad) throw std::runtime_error{"damaged payload"};
            co_return Result<void>{};
        }(given.id == "1" && first_time("1"));
    };
    consume(as("one"), handler, [this] { return seen.size() >= 5; });
    EXPECT_EQ(seen, (std::vector<std::string>{"0", "0", "1", "1", "2"}));
    EXPECT_TRUE(telemetry.logs.contain("event.handler_failed"));
    EXPECT_TRUE(telemetry.logs.contain("damaged payload"));
}

TEST_P(BusContractTest, an_event_that_always_fails_is_put_aside_and_the_others_go_on) {
    run_until_done(loop, publish(0, 3));
    const Handler handler = [&](const CallContext&, const Event& given) -> Task<Result<void>> {
        seen.push_back(given.id);
        return [](bool bad) -> Task<Result<void>> {
            if (bad) co_return internal("poison");
            co_return Result<void>{};
        }(given.id == "0");
    };
    consume(as("one"), handler, [this] { return seen.size() >= 5; });
    EXPECT_EQ(seen, (std::vector<std::string>{"0", "0", "0", "1", "2"}));
    EXPECT_EQ(telemetry.sum("tw.events.dead_letters"), 1);
    EXPECT_TRUE(telemetry.logs.contain("event.dead_lettered"));

    seen.clear();
    auto dead = as("undertaker");
    dead.stream = dead_letters_of("orders");
    consume(dead, note(), [this] { return !seen.empty(); });
    EXPECT_EQ(seen, numbers(0, 1));
}

TEST_P(BusContractTest, what_a_consumer_died_with_is_delivered_to_another) {
    run_until_done(loop, publish(0, 3));
    RootCall dying{loop};
    const Handler dies = [&](const CallContext&, const Event&) -> Task<Result<void>> {
        dying.scope().cancel(cancelled());
        return [](void) -> Task<Result<void>> { co_return cancelled(); }();
    };
    EXPECT_EQ(run(bus->consume(dying.context(), as("one"), dies)).code(), Code::cancelled);
    consume(as("two"), note(), [this] { return seen.size() >= 3; });
    std::ranges::sort(seen);
    EXPECT_EQ(seen, numbers(0, 3));
}

TEST_P(BusContractTest, each_group_gets_every_event) {
    run_until_done(loop, publish(0, 5));
    consume(as("one", "shipping"), note(), [this] { return seen.size() >= 5; });
    seen.clear();
    consume(as("one", "billing"), note(), [this] { return seen.size() >= 5; });
    EXPECT_EQ(seen, numbers(0, 5));
}

TEST_P(BusContractTest, what_was_handled_does_not_come_again) {
    run_until_done(loop, publish(0, 3));
    consume(as("one"), note(), [this] { return seen.size() >= 3; });
    run_until_done(loop, publish(3, 4));
    consume(as("two"), note(), [this] { return seen.size() >= 4; });
    run(sleep_for(call.context(), 60ms)).value();
    RootCall again{loop, Deadline::after(loop.now(), 100ms)};
    const auto handler = note();
    static_cast<void>(run(bus->consume(again.context(), as("two"), handler)));
    EXPECT_EQ(std::ranges::count(seen, "0"), 1);
    EXPECT_EQ(std::ranges::count(seen, "1"), 1);
}

TEST_P(BusContractTest, the_span_that_handles_an_event_links_to_the_one_that_sent_it) {
    run_until_done(loop, publish(0, 1));
    consume(as("one"), note(), [this] { return !seen.empty(); });
    const auto* const sent = telemetry.spans.find("send orders");
    const auto* const processed = telemetry.spans.find("process orders");
    ASSERT_NE(sent, nullptr);
    ASSERT_NE(processed, nullptr);
    EXPECT_EQ(sent->kind, telemetry::SpanKind::producer);
    EXPECT_EQ(processed->kind, telemetry::SpanKind::consumer);
    EXPECT_EQ(processed->text("messaging.system"), GetParam());
    EXPECT_EQ(processed->text("messaging.destination.name"), "orders");
    EXPECT_EQ(processed->text("messaging.consumer.group.name"), "group");
    EXPECT_EQ(processed->text("messaging.operation.type"), "process");
    EXPECT_EQ(processed->text("messaging.message.id"), "0");
    ASSERT_EQ(processed->links.size(), 1U);
    EXPECT_EQ(processed->links[0].trace_id, sent->trace.trace_id);
    EXPECT_EQ(processed->links[0].span_id, sent->trace.span_id);
    EXPECT_NE(processed->trace.trace_id, sent->trace.trace_id);
    EXPECT_EQ(telemetry.sum("messaging.client.sent.messages"), 1);
    EXPECT_EQ(telemetry.sum("messaging.process.duration"), 1);
}

}  // namespace
}  // namespace tw::events
