#include "kit/rpc/placement_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover the options and results of one call, over the network and within the loop.
namespace tw::rpc::test {
namespace {

using testing::ElementsAre;

const Metadata kBoth{{"color", "blue"}, {"raw-bin", std::string{"\0\xff,", 3}}};

class CallOptionsTest : public testing::TestWithParam<bool> {
 protected:
    Placement at{GetParam()};
    CallOptions options;

    Result<Text> say(std::string what) {
        const auto run = [](Placement& at, CallOptions& options, std::string what) -> Task<Result<Text>> {
            RootCall root{at.loop};
            const auto request = text(std::move(what));
            co_return co_await call_unary<Text>(at.channel(), root.context(), kSay, request, &options);
        };
        return at.run(run(at, options, std::move(what)));
    }
};

INSTANTIATE_TEST_SUITE_P(Placements, CallOptionsTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

TEST_P(CallOptionsTest, metadata_reaches_the_handler_and_the_handlers_metadata_comes_back) {
    options.metadata = kBoth;
    ASSERT_TRUE(say("metadata"));
    EXPECT_EQ(at.service.metadata, kBoth);
    EXPECT_EQ(options.initial_metadata, kBoth);
    EXPECT_EQ(options.trailing_metadata, kBoth);
    EXPECT_EQ(options.metadata, kBoth);
}

TEST_P(CallOptionsTest, metadata_comes_with_an_error_too) {
    options.metadata = kBoth;
    EXPECT_EQ(say("metadata and error").error().code(), Code::aborted);
    EXPECT_EQ(options.initial_metadata, kBoth);
    EXPECT_EQ(options.trailing_metadata, kBoth);
}

TEST_P(CallOptionsTest, an_error_without_initial_metadata_brings_trailing_metadata_only) {
    options.metadata = kBoth;
    EXPECT_EQ(say("metadata of the end").error().code(), Code::aborted);
    EXPECT_TRUE(options.initial_metadata.empty());
    EXPECT_EQ(options.trailing_metadata, kBoth);
}

TEST_P(CallOptionsTest, metadata_that_may_not_be_sent_is_left_out_in_both_directions) {
    options.metadata = {
        {"Color", "blue"},         {"", "nameless"},          {"a b", "c"},       {"transfer-encoding", "chunked"},
        {"connection", "close"},   {"keep-alive", "1"},       {"upgrade", "h2c"}, {"proxy-connection", "close"},
        {"line", "one\r\ntwo: 2"}, {"text", "sp\xc3\xa4ter"}, {"tab", "a\tb"},    {"fine", "a, b; c=\"d\""},
        {"raw-bin", "\r\n\xff"}};
    const Metadata sendable{{"fine", "a, b; c=\"d\""}, {"raw-bin", "\r\n\xff"}};
    ASSERT_TRUE(say("metadata"));
    EXPECT_EQ(at.service.metadata, sendable);
    EXPECT_EQ(options.initial_metadata, sendable);
    EXPECT_EQ(options.trailing_metadata, sendable);
    // These entries are the callee's own, and have not been filtered yet.
    options.metadata.clear();
    ASSERT_TRUE(say("unsendable"));
    EXPECT_TRUE(options.trailing_metadata.empty());
}

TEST_P(CallOptionsTest, options_that_are_used_again_describe_the_last_call_only) {
    options.metadata = kBoth;
    ASSERT_TRUE(say("metadata"));
    options.metadata = {{"color", "red"}};
    ASSERT_TRUE(say("metadata"));
    EXPECT_EQ(options.initial_metadata, options.metadata);
    ASSERT_TRUE(say("hello"));
    EXPECT_TRUE(options.trailing_metadata.empty());
}

TEST_P(CallOptionsTest, a_stream_has_initial_metadata_with_its_first_message_and_trailing_metadata_at_its_end) {
    options.metadata = kBoth;
    const auto run = [](Placement& at, CallOptions& options) -> Task<void> {
        RootCall root{at.loop};
        const auto request = text("2");
        auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, request, &options);
        EXPECT_TRUE(call);
        EXPECT_TRUE(options.initial_metadata.empty());
        EXPECT_TRUE(co_await call->read());
        EXPECT_EQ(options.initial_metadata, kBoth);
        EXPECT_TRUE(options.trailing_metadata.empty());
        EXPECT_TRUE(co_await call->read());
        EXPECT_FALSE((co_await call->read())->has_value());
        EXPECT_EQ(options.trailing_metadata, kBoth);
    };
    at.run(run(at, options));
}

TEST_P(CallOptionsTest, options_may_be_destroyed_with_the_stream_before_the_call_has_ended) {
    const auto run = [](Placement& at) -> Task<void> {
        RootCall root{at.loop};
        {
            CallOptions short_lived{.metadata = kBoth};
            auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat, &short_lived);
            EXPECT_TRUE(call);
        }
        co_await at.settle();
    };
    at.run(run(at));
}

TEST_P(CallOptionsTest, compressed_requests_and_answers_have_the_same_content) {
    options.compression = Compression::gzip;
    const auto answer = say("pack");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->value(), "pack");
    // Messages within a loop are not compressed.
    EXPECT_EQ(at.service.read_compressed, GetParam());
    EXPECT_EQ(options.response_compressed, GetParam());
    options.compression = Compression::identity;
    ASSERT_TRUE(say("hello"));
    EXPECT_FALSE(at.service.read_compressed);
    EXPECT_FALSE(options.response_compressed);
}

TEST_P(CallOptionsTest, each_message_of_a_stream_is_compressed_or_not) {
    const auto run = [](Placement& at, CallOptions& options) -> Task<std::vector<bool>> {
        RootCall root{at.loop};
        const auto request = text("4");
        auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, request, &options);
        std::vector<bool> compressed;
        while ((co_await call->read())->has_value()) compressed.push_back(options.response_compressed);
        co_return compressed;
    };
    EXPECT_THAT(at.run(run(at, options)), ElementsAre(GetParam(), false, GetParam(), false));
}

TEST(NetworkCallOptions, a_call_may_limit_the_size_of_its_messages) {
    Placement at{true};
    const auto run = [](Placement& at, CallOptions& options, std::string what) -> Task<Result<Text>> {
        RootCall root{at.loop};
        const auto request = text(std::move(what));
        co_return co_await call_unary<Text>(at.channel(), root.context(), kSay, request, &options);
    };
    CallOptions options{.request_bytes_max = 100, .response_bytes_max = 1000};
    EXPECT_TRUE(at.run(run(at, options, "short")));
    EXPECT_EQ(at.run(run(at, options, std::string(100, 'x'))).error().reason(), "MESSAGE_TOO_LARGE");
    EXPECT_EQ(at.service.calls, 1);
    EXPECT_EQ(at.run(run(at, options, "large")).error().reason(), "MESSAGE_TOO_LARGE");
    at.channel_options.request_bytes_max = 50;
    at.drop_channel();
    EXPECT_EQ(at.run(at.say(std::string(50, 'x'))).error().reason(), "MESSAGE_TOO_LARGE");
    EXPECT_TRUE(at.run(at.say("short")));
}

}  // namespace
}  // namespace tw::rpc::test
