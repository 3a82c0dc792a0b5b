#include "kit/events/redis_bus.hpp"

#include "kit/events/local_bus.hpp"
#include "kit/redis/redis_fixture.hpp"

namespace tw::events {
namespace {

using namespace std::chrono_literals;

class RedisBusTest : public redis::RedisTest {
 public:
    static Subscription as(std::string consumer) {
        return {.stream = "orders",
                .group = "group",
                .consumer = std::move(consumer),
                .deliveries_max = 2,
                .retry_first = 1ms,
                .claim_after = 30ms,
                .block = 20ms};
    }
    static Event event(std::string id) { return {std::move(id), "order.created", "order-1", "payload", ""}; }
    Task<Result<void>> keep(std::string id) {
        seen.push_back(std::move(id));
        co_return Result<void>{};
    }
    void consume(Bus& bus, const std::string& name, std::chrono::milliseconds time) {
        const RootCall consumer{loop, Deadline::after(loop.now(), time)};
        const auto subscription = as(name);
        const Handler handler = [this](const CallContext&, const Event& given) { return keep(given.id); };
        static_cast<void>(run(bus.consume(consumer.context(), subscription, handler)));
    }

    std::vector<std::string> seen;
};

TEST_F(RedisBusTest, a_stream_is_trimmed_to_about_its_bound) {
    auto& server = test::RedisServer::shared();
    server.command({"FLUSHALL"});
    redis::Client client{loop, settings_of(server), telemetry.get()};
    RedisBus bus{client, telemetry.get(), {.events_max = 100}};
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(run(bus.publish(call.context(), "orders", event(std::to_string(i)))));
    const auto length = run(client, "XLEN", {"tw:events:orders"})->integer();
    EXPECT_GE(length, 100);
    EXPECT_LT(length, 300);
}

TEST_F(RedisBusTest, an_event_with_which_consumers_keep_dying_is_put_aside) {
    auto& server = test::RedisServer::shared();
    server.command({"FLUSHALL"});
    redis::Client client{loop, settings_of(server), telemetry.get()};
    RedisBus bus{client, telemetry.get()};
    run(bus.publish(call.context(), "orders", event("poison"))).value();
    int deaths = 0;
    for (; deaths < 10 && telemetry.sum("tw.events.dead_letters") == 0; ++deaths) {
        RootCall dying{loop, Deadline::after(loop.now(), 150ms)};
        const auto subscription = as("mortal " + std::to_string(deaths));
        const Handler dies = [&dying](const CallContext&, const Event&) -> Task<Result<void>> {
            dying.scope().cancel(cancelled());
            return [](void) -> Task<Result<void>> { co_return cancelled(); }();
        };
        static_cast<void>(run(bus.consume(dying.context(), subscription, dies)));
        run(sleep_for(call.context(), 40ms)).value();
    }
    EXPECT_LT(deaths, 10);
    EXPECT_EQ(run(client, "XLEN", {"tw:events:orders:dead"})->integer(), 1);
    EXPECT_EQ(run(client, "XPENDING", {"tw:events:orders", "group"})->at(0).integer(), 0);
}

TEST_F(RedisBusTest, a_consumer_lives_through_a_redis_that_is_emptied_and_one_that_is_killed) {
    test::RedisServer server;
    redis::Client client{loop, settings_of(server), telemetry.get()};
    RedisBus bus{client, telemetry.get()};
    const auto trouble = [](RedisBusTest& self, Bus& to, test::RedisServer& redis) -> Task<void> {
        const auto publish = [&](std::string id) -> Task<void> {
            const auto next = event(std::move(id));
            const auto until = self.loop.now() + 2s;
            while (self.loop.now() < until) {
                if (co_await to.publish(self.call.context(), "orders", next)) co_return;
                static_cast<void>(co_await sleep_for(self.call.context(), 10ms));
            }
        };
        co_await publish("before");
        static_cast<void>(co_await sleep_for(self.call.context(), 50ms));
        redis.command({"FLUSHALL"});
        co_await publish("emptied");
        static_cast<void>(co_await sleep_for(self.call.context(), 300ms));
        redis.kill();
        static_cast<void>(co_await sleep_for(self.call.context(), 50ms));
        redis.start();
        co_await publish("restarted");
    };
    Gate gate;
    loop.post([&] { spawn(gate, trouble(*this, bus, server)); });
    consume(bus, "one", 2500ms);
    EXPECT_EQ(seen, (std::vector<std::string>{"before", "emptied", "restarted"}));
}

TEST(LocalBusTest, publishing_fails_when_consumers_do_not_keep_up_and_not_when_there_are_none) {
    EventLoop loop;
    const RootCall call{loop};
    redis::CollectedTelemetry telemetry;
    LocalBus bus{telemetry.get(), 3};
    const Event event{"1", "t", "a", "p", ""};
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(run_until_done(loop, bus.publish(call.context(), "orders", event)));
    RootCall over{loop};
    over.scope().cancel(cancelled());
    const Subscription idle{.stream = "orders", .group = "group", .consumer = "one"};
    const Handler handler;
    static_cast<void>(run_until_done(loop, bus.consume(over.context(), idle, handler)));
    const auto refused = run_until_done(loop, bus.publish(call.context(), "orders", event));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "BUS_FULL");
}

}  // namespace
}  // namespace tw::events
