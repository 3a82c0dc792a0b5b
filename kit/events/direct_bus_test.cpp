#include "kit/events/direct_bus.hpp"

#include "kit/async/combine.hpp"
#include "kit/redis/redis_fixture.hpp"

#include <map>

namespace tw::events {
namespace {

using namespace std::chrono_literals;

class DirectBusTest : public redis::RedisTest {
 protected:
    static Event event(std::string id) { return {std::move(id), "order.created", "order-1", "{}", ""}; }
    static Subscription as(std::string group) {
        return {.stream = "orders", .group = std::move(group), .consumer = "one", .retry_first = 1000ms, .retry_last = 10'000ms};
    }
    Task<Result<void>> handle(std::string group, std::string id) {
        ++handled[group + " " + id];
        if (group == "failing" && fails) co_return unavailable("not now");
        co_return Result<void>{};
    }
    Handler handler(std::string group) {
        return [this, group](const CallContext&, const Event& given) { return handle(group, given.id); };
    }
    /// Publishes while the groups "failing" and "working" consume.
    Task<Result<void>> publish_to_both(CallContext ctx, CancelScope& consumers, std::vector<std::string> ids) {
        Result<void> last;
        for (const auto& id : ids) {
            const auto next = event(id);
            last = co_await bus.publish(ctx, "orders", next);
        }
        consumers.cancel(cancelled());
        co_return last;
    }
    Result<void> publish(std::vector<std::string> ids) {
        RootCall consumers{loop};
        const auto failing = as("failing");
        const auto working = as("working");
        const auto failing_handler = handler("failing");
        const auto working_handler = handler("working");
        auto consuming = both(bus.consume(consumers.context(), failing, failing_handler),
                              bus.consume(consumers.context(), working, working_handler));
        return run(both(std::move(consuming), publish_to_both(call.context(), consumers.scope(), std::move(ids)))).second;
    }

    DirectBus bus{telemetry.get()};
    bool fails = true;
    std::map<std::string, int> handled;
};

TEST_F(DirectBusTest, a_group_that_fails_keeps_neither_the_other_groups_nor_the_publisher) {
    const auto began = loop.now();
    const auto outcome = publish({"1", "2"});
    EXPECT_LT(loop.now() - began, 900ms) << "the pauses of the failing group are longer than that";
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "NOT_HANDLED");
    EXPECT_EQ(handled["working 1"], 1);
    EXPECT_EQ(handled["working 2"], 1);
}

TEST_F(DirectBusTest, a_group_that_has_handled_an_event_does_not_get_it_again_with_the_next_attempt) {
    ASSERT_FALSE(publish({"1"}));
    fails = false;
    const auto began = loop.now();
    while (!publish({"1"})) ASSERT_LT(loop.now() - began, 10s);
    EXPECT_EQ(handled["working 1"], 1);
    EXPECT_EQ(handled["failing 1"], 2);
    // All have handled it, so the bus has forgotten it.
    EXPECT_TRUE(publish({"1"}));
    EXPECT_EQ(handled["working 1"], 2);
}

TEST_F(DirectBusTest, the_pause_before_the_next_attempt_goes_on_when_the_event_is_published_again) {
    EXPECT_FALSE(publish({"1", "1", "1"}));
    EXPECT_EQ(handled["failing 1"], 1);
}

}  // namespace
}  // namespace tw::events
