#include "kit/runtime/ops/dead_events_page.hpp"

#include "kit/outbox/outbox.hpp"
#include "kit/outbox/outbox_store.hpp"
#include "kit/runtime/ops/operated_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;

class DeadEventsPageTest : public OperatedTest {
 protected:
    void bury(std::string id) {
        time_ = time_ + std::chrono::microseconds{1};
        const outbox::DeadEvent dead{.consumer = "order.timeline",
                                     .module = "order",
                                     .stream = "order",
                                     .event = {.id = std::move(id),
                                               .type = "order.created",
                                               .aggregate_id = "order-1",
                                               .payload = "tok_secret",
                                               .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                                     .error = "NO_ROOM: there is no room",
                                     .died_at = time_};
        EXPECT_TRUE(db_.run(store_.bury(db_.context(), dead)));
    }
    http::Response ask_dead(http::Request request) {
        return db_.run(dead_events_page(db_.context(), operated_, clock_, std::move(request)));
    }
    static std::vector<std::string> dead_ids(const http::Response& response) {
        std::vector<std::string> found;
        const auto answer = json_of(response);
        for (const auto& event : answer.at("events").as_array()) found.emplace_back(event.at("id").as_string());
        return found;
    }

    Timestamp time_ = Timestamp::from_unix_micros(1'700'000'000'000'000);
    outbox::OutboxStore store_{db_.database(), db_.telemetry()};
};

INSTANTIATE_TEST_SUITE_P(Engines, DeadEventsPageTest, testing::ValuesIn(test::kDatabases));

TEST_P(DeadEventsPageTest, lists_dead_events_page_by_page_without_their_payload) {
    serve();
    for (const auto* id : {"e1", "e2", "e3"}) bury(id);
    const auto first = ask_dead(get("page_size=2"));
    EXPECT_THAT(dead_ids(first), testing::ElementsAre("e1", "e2"));
    EXPECT_THAT(first.body, Not(HasSubstr("tok_secret")));
    const std::string token{json_of(first).at("next_page_token").as_string()};
    const auto second = ask_dead(get("page_size=2&page_token=" + token));
    EXPECT_THAT(dead_ids(second), testing::ElementsAre("e3"));
    EXPECT_FALSE(json_of(second).contains("next_page_token"));
}

TEST_P(DeadEventsPageTest, shows_one_event) {
    serve();
    bury("e1");
    const auto event = json_of(ask_dead(get("id=e1&consumer=order.timeline")));
    EXPECT_EQ(event.at("type").as_string(), "order.created");
    EXPECT_EQ(event.at("error").as_string(), "NO_ROOM: there is no room");
    EXPECT_EQ(event.at("payload_bytes").as_int64(), 10);
    EXPECT_EQ(event.at("trace_id").as_string(), "0af7651916cd43dd8448eb211c80319c");
}

TEST_P(DeadEventsPageTest, a_redriven_event_is_in_the_outbox_again) {
    serve();
    bury("e1");
    EXPECT_EQ(ask_dead(post(R"({"action":"redrive","id":"e1","consumer":"order.timeline"})")).status, 200);
    EXPECT_THAT(dead_ids(ask_dead(get(""))), testing::IsEmpty());
    const auto stored = db_.run(store_.oldest(db_.context(), "order", outbox::partition_of("order-1"), 10));
    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->size(), 1u);
    EXPECT_EQ(stored->front().event.id, "e1");
}

TEST_P(DeadEventsPageTest, a_dropped_event_is_gone) {
    serve();
    bury("e1");
    const std::string drop = R"({"action":"drop","id":"e1","consumer":"order.timeline"})";
    EXPECT_EQ(ask_dead(post(drop)).status, 200);
    EXPECT_EQ(db_.run(store_.count_dead(db_.context(), "order")).value(), 0);
    const auto again = ask_dead(post(drop));
    EXPECT_EQ(reason_of(again), "DEAD_EVENT_NOT_FOUND");
    EXPECT_EQ(again.status, 404);
}

TEST_P(DeadEventsPageTest, wrong_input_is_refused) {
    serve();
    EXPECT_EQ(ask_dead({.method = "POST", .path = "/page", .body = "{}"}).status, 403);
    for (const auto* body : {R"({"action":"drop","id":"e1"})", R"({"action":"drop","consumer":"c"})", R"({"action":"keep"})"})
        EXPECT_EQ(ask_dead(post(body)).status, 400) << body;
    EXPECT_EQ(ask_dead(get("id=e1")).status, 400) << "an event is dead for one consumer";
    EXPECT_EQ(reason_of(ask_dead(get("module=user"))), "MODULE_NOT_FOUND");
}

}  // namespace
}  // namespace tw::runtime
