#include "kit/http/server/streamed_answer_fixture.hpp"

#include <gmock/gmock.h>

// Tests answers whose bodies are sent while they are being made, by each HTTP version.
namespace tw::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ContainsRegex;
using testing::count;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::StreamedAnswerTest;

constexpr auto kEachVersion = [](const auto& info) {
    return std::string{info.param == Version::http_2 ? "http_2" : info.param == Version::http_1_1 ? "http_1_1" : "http_1_0"};
};
INSTANTIATE_TEST_SUITE_P(Each, StreamedAnswerTest, ::testing::Values(Version::http_1_0, Version::http_1_1, Version::http_2),
                         kEachVersion);

/// Writes the parts, one each minute.
auto one_each_minute(std::vector<std::string> parts) {
    return [parts = std::move(parts)](const CallContext& ctx, BodyWriter& body) -> Task<Result<void>> {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            auto written = co_await body.write(parts[i]);
            if (!written) co_return written;
            auto slept = co_await sleep_for(ctx, 1min);
            if (!slept) co_return slept;
        }
        co_return Result<void>{};
    };
}

/// Waits until the stream is over, and fails with the reason.
Task<Result<void>> until_over(const CallContext& ctx, BodyWriter&) { co_return co_await sleep_for(ctx, std::chrono::hours{24}); }

/// Writes until it cannot.
Task<Result<void>> write_forever(const CallContext&, BodyWriter& body) {
    const std::string part(10'000, 'x');
    while (true) {
        auto written = co_await body.write(part);
        if (!written) co_return written;
    }
}

TEST_P(StreamedAnswerTest, each_part_is_sent_at_once_and_the_body_ends_with_its_maker) {
    body_->on_run = one_each_minute({"one", "two"});
    ask();
    EXPECT_EQ(seen().body, "one");
    EXPECT_THAT(seen().head, ContainsRegex("200"));
    EXPECT_THAT(seen().head, Not(ContainsRegex("[Cc]ontent-[Ll]ength")));
    EXPECT_FALSE(seen().ended);
    pass(61s);
    EXPECT_EQ(seen().body, "onetwo");
    pass(61s);
    EXPECT_TRUE(seen().ended);
    EXPECT_FALSE(seen().broken);
    EXPECT_EQ(ended_as("complete"), 1U);
    EXPECT_FALSE(body_->over);
}

TEST_P(StreamedAnswerTest, the_head_is_sent_before_the_first_part) {
    body_->on_run = until_over;
    ask();
    EXPECT_THAT(seen().head, HasSubstr("200"));
    EXPECT_EQ(seen().body, "");
}

TEST_P(StreamedAnswerTest, a_large_part_arrives_whole) {
    const std::string part(50'000, 'p');
    body_->on_run = one_each_minute({part});
    ask();
    EXPECT_EQ(seen().body, part);
}

TEST_P(StreamedAnswerTest, a_failed_body_is_seen_to_be_incomplete) {
    body_->on_run = [](const CallContext&, BodyWriter& body) -> Task<Result<void>> {
        static_cast<void>(co_await body.write("begin"));
        co_return internal("the source is lost");
    };
    ask();
    pass(3s);
    // HTTP/1.0 has no sign for a body that is incomplete.
    EXPECT_EQ(seen().broken, GetParam() != Version::http_1_0);
    EXPECT_EQ(ended_as("failed"), 1U);
}

TEST_P(StreamedAnswerTest, an_exception_of_the_body_is_logged_and_breaks_the_stream_off) {
    body_->on_run = [](const CallContext&, BodyWriter&) -> Task<Result<void>> { throw std::runtime_error{"broken code"}; };
    ask();
    pass(3s);
    EXPECT_EQ(ended_as("failed"), 1U);
    EXPECT_THAT(log_.lines, ::testing::Contains(HasSubstr("broken code")));
}

TEST_P(StreamedAnswerTest, a_body_may_turn_into_a_plain_answer_before_its_head) {
    body_->on_begin = [](const CallContext&, Response& head) -> Task<void> {
        head = Response{.status = 404, .content_type = "text/plain", .body = "none"};
        co_return;
    };
    ask();
    EXPECT_THAT(seen().head, HasSubstr("404"));
    EXPECT_EQ(seen().body, "none");
    EXPECT_EQ(body_->run_count, 0);
}

TEST_P(StreamedAnswerTest, an_exception_before_the_head_is_answered_with_500) {
    body_->on_begin = [](const CallContext&, Response&) -> Task<void> { throw std::runtime_error{"broken code"}; };
    ask();
    EXPECT_THAT(seen().head, HasSubstr("500"));
    EXPECT_EQ(body_->run_count, 0);
}

TEST_P(StreamedAnswerTest, the_time_limit_of_requests_holds_until_the_head_and_not_after_it) {
    limits_.request_time_max = 2s;
    body_->on_begin = [](const CallContext& ctx, Response& head) -> Task<void> {
        const auto slept = co_await sleep_for(ctx, 1h);
        head = Response{.status = slept ? 200 : 504};
    };
    ask();
    pass(3s);
    EXPECT_THAT(seen().head, HasSubstr("504"));
}

TEST_P(StreamedAnswerTest, a_stream_lasts_longer_than_a_request_may) {
    limits_.request_time_max = 2s;
    // The client of this test answers no PING.
    limits_.keepalive_time = 0s;
    body_->on_run = one_each_minute({"one", "two", "three"});
    ask();
    pass(4min);
    EXPECT_EQ(seen().body, "onetwothree");
    EXPECT_TRUE(seen().ended);
}

TEST_P(StreamedAnswerTest, head_requests_start_no_stream) {
    ask("HEAD");
    EXPECT_THAT(seen().head, HasSubstr("200"));
    EXPECT_EQ(seen().body, "");
    EXPECT_EQ(body_->begun + body_->run_count, 0);
}

TEST_P(StreamedAnswerTest, the_body_is_told_at_once_that_its_client_has_gone) {
    body_->on_run = until_over;
    ask();
    ASSERT_EQ(body_->run_count, 1);
    leave();
    ASSERT_TRUE(body_->over);
    EXPECT_EQ(body_->over->code(), Code::cancelled);
    EXPECT_EQ(ended_as("client_gone"), 1U);
}

TEST_P(StreamedAnswerTest, a_client_that_goes_before_the_head_ends_the_preparation) {
    body_->on_begin = [this](const CallContext& ctx, Response& head) -> Task<void> {
        static_cast<void>(co_await sleep_for(ctx, 1h));
        body_->over = ctx.over();
        head.stream = nullptr;
    };
    ask();
    leave();
    ASSERT_TRUE(body_->over);
    EXPECT_EQ(body_->run_count, 0);
}

TEST_P(StreamedAnswerTest, a_drain_ends_streams_without_an_error) {
    body_->on_run = until_over;
    ask();
    stop();
    EXPECT_TRUE(seen().ended);
    EXPECT_FALSE(seen().broken);
    EXPECT_EQ(ended_as("drained"), 1U);
}

TEST_P(StreamedAnswerTest, a_stream_that_a_drain_meets_before_its_head_is_empty_and_not_refused) {
    body_->on_begin = [](const CallContext& ctx, Response& head) -> Task<void> {
        static_cast<void>(co_await sleep_for(ctx, 1h));
        head = Response{.status = 499};
    };
    ask();
    stop();
    EXPECT_THAT(seen().head, HasSubstr("200"));
    EXPECT_TRUE(seen().ended);
    EXPECT_EQ(body_->run_count, 0);
}

TEST_P(StreamedAnswerTest, a_reader_that_takes_nothing_is_cut_off) {
    window_bytes_ = 5;
    body_->on_run = write_forever;
    limits_.stream_stall_time_max = 30s;
    limits_.request_time_max = 2s;
    body_->on_begin = [this](const CallContext&, Response&) -> Task<void> {
        if (GetParam() != Version::http_2) stream_->stall_writes();
        co_return;
    };
    ask();
    pass(20s);
    EXPECT_EQ(ended_as("stalled"), 0U);
    pass(45s);
    EXPECT_EQ(ended_as("stalled"), 1U);
    EXPECT_TRUE(seen().broken || GetParam() == Version::http_1_0);
    EXPECT_THAT(log_.lines, ::testing::Contains(HasSubstr("http.stream_stalled")));
    EXPECT_TRUE(body_->over);
}

TEST_P(StreamedAnswerTest, a_slow_reader_makes_its_writer_wait) {
    window_bytes_ = 0;
    std::size_t accepted = 0;
    body_->on_begin = [this](const CallContext&, Response&) -> Task<void> {
        if (GetParam() != Version::http_2) stream_->stall_writes();
        co_return;
    };
    body_->on_run = [&accepted](const CallContext&, BodyWriter& body) -> Task<Result<void>> {
        const std::string part(10'000, 'x');
        while (true) {
            auto written = co_await body.write(part);
            if (!written) co_return written;
            accepted += part.size();
        }
    };
    ask();
    pass(1s);
    EXPECT_LE(accepted, 100'000U);
    leave();
    EXPECT_EQ(ended_as("client_gone"), 1U);
}

TEST_P(StreamedAnswerTest, more_streams_than_allowed_are_refused_with_503) {
    limits_.answer_streams_max = 1;
    const auto other = hooks_.answer_streams.admit({"192.0.2.9", 1}, {1, 0});
    ask();
    EXPECT_THAT(seen().head, HasSubstr("503"));
    EXPECT_THAT(seen().head, ContainsRegex("[Rr]etry-[Aa]fter: 1"));
    EXPECT_THAT(seen().body, HasSubstr("TOO_MANY_STREAMS"));
    EXPECT_EQ(body_->begun, 0);
}

TEST_P(StreamedAnswerTest, one_client_cannot_have_all_streams) {
    limits_.answer_streams_per_address_max = 1;
    const auto other = hooks_.answer_streams.admit({"192.0.2.7", 1}, {1000, 1});
    ask();
    EXPECT_THAT(seen().body, HasSubstr("TOO_MANY_STREAMS"));
}

TEST_P(StreamedAnswerTest, an_ended_stream_makes_room_for_another) {
    const auto streams = hooks_.answer_streams;
    body_->on_run = one_each_minute({"one"});
    ask();
    EXPECT_EQ(streams.open(), 1U);
    pass(61s);
    EXPECT_EQ(streams.open(), 0U);
}

TEST_P(StreamedAnswerTest, the_access_log_has_the_size_of_the_body_and_the_time_of_the_stream) {
    body_->on_run = one_each_minute({"one", "two"});
    ask();
    pass(3min);
    EXPECT_THAT(log_.lines, ::testing::Contains(::testing::AllOf(HasSubstr("GET /events 200 120"), HasSubstr(":6"))));
}

TEST_P(StreamedAnswerTest, the_duration_of_the_request_ends_with_its_head_and_the_stream_has_its_own) {
    body_->on_begin = [](const CallContext& ctx, Response&) -> Task<void> { static_cast<void>(co_await sleep_for(ctx, 2s)); };
    body_->on_run = one_each_minute({"one", "two"});
    ask();
    EXPECT_EQ(sum_of("http.server.active_requests"), 1);
    pass(3min);
    EXPECT_NEAR(sum_of("http.server.request.duration"), 2, 0.1);
    EXPECT_NEAR(sum_of("tw.http.server.stream.duration"), 122, 0.1);
    EXPECT_EQ(sum_of("http.server.active_requests"), 0);
}

class PersistentStreamTest : public StreamedAnswerTest {};
INSTANTIATE_TEST_SUITE_P(Each, PersistentStreamTest, ::testing::Values(Version::http_1_1, Version::http_2), kEachVersion);

TEST_P(PersistentStreamTest, the_connection_takes_another_request_after_a_stream) {
    body_->on_run = [](const CallContext&, BodyWriter& body) -> Task<Result<void>> { co_return co_await body.write("all"); };
    ask();
    ask();
    EXPECT_EQ(body_->run_count, 2);
    EXPECT_EQ(ended_as("complete"), 2U);
}

class ClosingStreamTest : public StreamedAnswerTest {};
INSTANTIATE_TEST_SUITE_P(Each, ClosingStreamTest, ::testing::Values(Version::http_1_0, Version::http_1_1), kEachVersion);

TEST_P(ClosingStreamTest, the_end_of_the_clients_side_counts_as_leaving) {
    body_->on_run = until_over;
    ask();
    stream_->arrive_end();
    settle();
    EXPECT_EQ(ended_as("client_gone"), 1U);
}

}  // namespace
}  // namespace tw::http
