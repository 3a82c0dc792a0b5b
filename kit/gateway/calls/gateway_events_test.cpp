#include "kit/gateway/calls/gateway_events_fixture.hpp"

#include <gmock/gmock.h>

// Tests calls whose answers are server-sent events, on virtual time.
namespace tw::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

using Writer = rpc::Writer<::sample::User>;

::sample::User user_at(std::int64_t version) {
    ::sample::User user;
    user.set_id("u1");
    user.set_name("two\nlines");
    user.set_version(version);
    return user;
}

Task<Result<void>> wait_for_ever(const CallContext& ctx, Writer&) { co_return co_await sleep_for(ctx, std::chrono::hours{24}); }

/// Sends the versions, and then waits for ever.
auto send_versions(std::vector<std::int64_t> versions) {
    return [versions = std::move(versions)](const CallContext& ctx, Writer& users) -> Task<Result<void>> {
        for (const auto version : versions) {
            const auto user = user_at(version);
            auto written = co_await users.write(user);
            if (!written) co_return written;
        }
        co_return co_await sleep_for(ctx, std::chrono::hours{24});
    };
}

TEST_F(GatewayEventsTest, each_message_is_an_event_with_its_version_as_id) {
    users_.on_watch = send_versions({7, 8});
    watch();
    ASSERT_TRUE(head_);
    EXPECT_EQ(head_->status, 200);
    EXPECT_EQ(head_->content_type, "text/event-stream");
    EXPECT_EQ(head_->headers.find("cache-control"), "no-store");
    EXPECT_EQ(head_->headers.find("x-accel-buffering"), "no");
    EXPECT_FALSE(head_->headers.find("etag"));
    EXPECT_EQ(head_->route, "/api/users/{id}/events");
    EXPECT_THAT(body_.all(), StartsWith("retry: 1000\n\nid: 7\ndata: {\"id\":\"u1\""));
    EXPECT_THAT(body_.all(), HasSubstr("\"name\":\"two\\nlines\""));
    EXPECT_THAT(body_.all(), HasSubstr("\"version\":7}\n\nid: 8\ndata: {"));
    EXPECT_FALSE(ended_);
    EXPECT_EQ(users_.request.id(), "u1");
}

TEST_F(GatewayEventsTest, the_stream_ends_with_its_call) {
    users_.on_watch = [](const CallContext&, Writer& users) -> Task<Result<void>> {
        const auto user = user_at(1);
        co_return co_await users.write(user);
    };
    watch();
    EXPECT_TRUE(ended_);
    EXPECT_THAT(body_.all(), HasSubstr("id: 1\n"));
    EXPECT_EQ(guard_.open, 0);
}

TEST_F(GatewayEventsTest, an_error_before_the_first_message_is_a_problem_with_its_status) {
    users_.on_watch = [](const CallContext&, Writer&) -> Task<Result<void>> { co_return not_found("user", "u1"); };
    watch();
    EXPECT_EQ(head_->status, 404);
    EXPECT_EQ(head_->content_type, "application/problem+json");
    EXPECT_THAT(head_->body, HasSubstr("USER_NOT_FOUND"));
    EXPECT_EQ(head_->route, "/api/users/{id}/events");
    EXPECT_EQ(head_->headers.find("guarded"), "yes");
    EXPECT_EQ(guard_.open, 0);
}

TEST_F(GatewayEventsTest, a_call_that_ends_without_a_message_tells_the_client_not_to_come_back) {
    users_.on_watch = [](const CallContext&, Writer&) -> Task<Result<void>> { co_return Result<void>{}; };
    watch();
    EXPECT_EQ(head_->status, 204);
    EXPECT_EQ(head_->stream, nullptr);
}

TEST_F(GatewayEventsTest, the_head_does_not_wait_longer_than_a_second_for_the_first_message) {
    users_.on_watch = wait_for_ever;
    watch("", 900ms);
    EXPECT_FALSE(head_);
    pass(200ms);
    ASSERT_TRUE(head_);
    EXPECT_EQ(head_->status, 200);
    EXPECT_EQ(body_.all(), "retry: 1000\n\n");
}

TEST_F(GatewayEventsTest, a_later_error_is_an_event_and_the_end) {
    users_.on_watch = [](const CallContext& ctx, Writer& users) -> Task<Result<void>> {
        const auto user = user_at(1);
        static_cast<void>(co_await users.write(user));
        static_cast<void>(co_await sleep_for(ctx, 5s));
        co_return unavailable("the store is away");
    };
    watch("", 6s);
    EXPECT_EQ(head_->status, 200);
    EXPECT_THAT(body_.parts.back(), StartsWith("event: error\ndata: {\"type\":\"about:blank\""));
    EXPECT_THAT(body_.parts.back(), HasSubstr("\"status\":503"));
    EXPECT_THAT(body_.parts.back(), testing::EndsWith("}\n\n"));
    EXPECT_TRUE(ended_);
}

TEST_F(GatewayEventsTest, the_deadline_of_the_method_ends_a_stream_without_an_error) {
    users_.on_watch = send_versions({1});
    watch("", 11min);
    EXPECT_TRUE(ended_);
    EXPECT_THAT(body_.all(), testing::Not(HasSubstr("event: error")));
}

TEST_F(GatewayEventsTest, a_silent_stream_has_a_heartbeat) {
    gateway_.set_heartbeat(15s);
    users_.on_watch = send_versions({1});
    watch();
    pass(14s);
    ASSERT_EQ(body_.parts.size(), 1U);
    pass(2s);
    EXPECT_EQ(body_.parts.back(), ":\n\n");
    pass(15s);
    EXPECT_EQ(body_.parts.size(), 3U);
}

TEST_F(GatewayEventsTest, the_last_event_id_fills_after_version_and_wins_over_the_query) {
    users_.on_watch = wait_for_ever;
    http::Request request{.method = "GET", .path = "/api/users/u1/events", .query = "after_version=3"};
    request.headers.add("Last-Event-ID", "9");
    ask(std::move(request));
    EXPECT_EQ(users_.request.after_version(), 9);
}

TEST_F(GatewayEventsTest, the_query_fills_after_version) {
    users_.on_watch = wait_for_ever;
    watch("after_version=3");
    EXPECT_EQ(users_.request.after_version(), 3);
}

TEST_F(GatewayEventsTest, a_last_event_id_that_is_none_is_400) {
    watch_with("Last-Event-ID", "seven");
    EXPECT_EQ(head_->status, 400);
    EXPECT_THAT(head_->body, HasSubstr("/after_version"));
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayEventsTest, a_request_that_breaks_the_contract_is_400) {
    watch("after_version=-1");
    EXPECT_EQ(head_->status, 400);
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayEventsTest, an_accept_that_excludes_events_is_406) {
    for (const auto* accept : {"application/json", "text/html, text/event-stream;q=0", "text/*;q=0.0"}) {
        watch_with("Accept", accept);
        EXPECT_EQ(head_->status, 406) << accept;
        EXPECT_THAT(head_->body, HasSubstr("NOT_ACCEPTABLE"));
    }
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayEventsTest, an_accept_with_a_range_that_fits_is_fine) {
    users_.on_watch = [](const CallContext&, Writer&) -> Task<Result<void>> { co_return Result<void>{}; };
    for (const auto* accept : {"*/*", "text/*", "text/event-stream", "application/json, */*;q=0.1", "TEXT/Event-Stream; q=1"}) {
        watch_with("Accept", accept);
        EXPECT_EQ(head_->status, 204) << accept;
    }
}

TEST_F(GatewayEventsTest, a_policy_may_refuse_the_call_before_it_begins) {
    guard_.refuses = true;
    watch();
    EXPECT_EQ(head_->status, 403);
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayEventsTest, policies_stand_around_the_call_until_the_stream_ends) {
    users_.on_watch = send_versions({1});
    watch();
    EXPECT_EQ(head_->headers.find("guarded"), "yes");
    EXPECT_EQ(guard_.around_count, 1);
    EXPECT_EQ(guard_.open, 1);
    leave();
    EXPECT_EQ(guard_.open, 0);
}

TEST_F(GatewayEventsTest, a_page_of_an_allowed_origin_may_read_events_and_refusals) {
    users_.on_watch = send_versions({1});
    watch_with("Origin", "https://shop.example");
    EXPECT_EQ(head_->headers.find("access-control-allow-origin"), "https://shop.example");
    leave();
}

TEST_F(GatewayEventsTest, a_problem_can_be_read_by_a_page_of_an_allowed_origin) {
    users_.on_watch = [](const CallContext&, Writer&) -> Task<Result<void>> { co_return not_found("user", "u1"); };
    watch_with("Origin", "https://shop.example");
    EXPECT_EQ(head_->status, 404);
    EXPECT_EQ(head_->headers.find("access-control-allow-origin"), "https://shop.example");
}

TEST_F(GatewayEventsTest, the_call_is_cancelled_at_once_when_the_client_leaves) {
    users_.on_watch = send_versions({1});
    watch();
    leave();
    ASSERT_TRUE(users_.over);
    EXPECT_EQ(users_.over->code(), Code::cancelled);
    EXPECT_TRUE(ended_);
    EXPECT_EQ(body_.parts.size(), 1U);
}

TEST_F(GatewayEventsTest, a_client_that_leaves_before_the_first_message_cancels_the_call) {
    users_.on_watch = wait_for_ever;
    watch();
    leave();
    ASSERT_TRUE(users_.over);
    EXPECT_TRUE(ended_);
}

TEST_F(GatewayEventsTest, a_slow_client_makes_the_service_wait) {
    std::int64_t sent = 0;
    users_.on_watch = [&sent](const CallContext&, Writer& users) -> Task<Result<void>> {
        for (sent = 1; sent < 10'000; ++sent) {
            const auto user = user_at(sent);
            auto written = co_await users.write(user);
            if (!written) co_return written;
        }
        co_return Result<void>{};
    };
    body_.blocked = true;
    watch("", 10s);
    EXPECT_LT(sent, 1'000);
    body_.blocked = false;
    body_.unblocked.notify();
    pass(1s);
    EXPECT_EQ(sent, 10'000);
    EXPECT_THAT(body_.all(), HasSubstr("id: 9999\n"));
}

TEST_F(GatewayEventsTest, head_asks_the_policies_and_starts_no_call) {
    ask({.method = "HEAD", .path = "/api/users/u1/events"});
    EXPECT_EQ(head_->status, 200);
    EXPECT_EQ(head_->content_type, "text/event-stream");
    guard_.refuses = true;
    ask({.method = "HEAD", .path = "/api/users/u1/events"});
    EXPECT_EQ(head_->status, 403);
    EXPECT_EQ(users_.calls, 0);
}

}  // namespace
}  // namespace tw::gateway
