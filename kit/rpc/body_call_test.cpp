#include "kit/rpc/body_call.hpp"

#include "kit/base/gzip.hpp"
#include "kit/rpc/forwarded_service.hpp"
#include "kit/rpc/placement_fixture.hpp"
#include "kit/rpc/unary_exchange.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover calls whose requests arrive as one body, to the echo service and to a service
// that forwards to it.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kMessageBytesMax = 100;

class BodyCallTest : public ::testing::Test {
 protected:
    BodyAnswer call(const Method& method, std::string_view frames, BodyCall more = {.frames = ""}) {
        more.frames = frames;
        RootCall root{at.loop};
        const auto* const entry = table->find(method.path);
        return at.run(serve_body(*entry, root.context(), std::move(more), limits));
    }
    BodyAnswer say(std::string what, BodyCall more = {.frames = ""}) {
        return call(kSay, frame_message(text(std::move(what))), std::move(more));
    }
    /// Calls Say with this body, and returns the code of the outcome.
    Code code_of(std::string_view frames, std::string_view encoding = "") {
        const auto answer = call(kSay, frames, {.frames = "", .encoding = encoding});
        EXPECT_EQ(answer.frames, "");
        return answer.outcome ? Code::ok : answer.outcome.error().code();
    }

    Placement at{false};
    ServiceTable* table = &at.table;
    BodyCallLimits limits{.message_bytes_max = kMessageBytesMax, .responses_bytes_max = 1000};
};

/// Puts `bytes`, which need not be a message, into a frame.
std::string frame_of(std::string_view bytes) { return "\0\0\0\0"s + static_cast<char>(bytes.size()) + std::string{bytes}; }

TEST_F(BodyCallTest, a_unary_call_has_its_answer_in_a_frame) {
    const auto answer = say("hello");
    EXPECT_TRUE(answer.outcome);
    EXPECT_EQ(answer.frames, frame_message(text("hello")));
}

TEST_F(BodyCallTest, a_unary_call_has_exactly_one_message) {
    EXPECT_EQ(code_of(frame_of("")), Code::invalid_argument) << "one message, which the contract refuses";
    for (const auto& body : {""s, "\0\0"s, "\0\0\0\0\2h"s, frame_of("") + "\0"s, frame_of("") + frame_of("")}) {
        EXPECT_EQ(code_of(body), Code::unimplemented);
    }
    EXPECT_EQ(at.service.calls, 0);
}

TEST_F(BodyCallTest, a_message_of_the_largest_size_is_read_and_one_byte_more_is_refused) {
    // A message has two bytes in addition to its text.
    EXPECT_TRUE(say(std::string(kMessageBytesMax - 2, 'm')).outcome);
    EXPECT_EQ(say(std::string(kMessageBytesMax - 1, 'm')).outcome.error().code(), Code::resource_exhausted);
}

TEST_F(BodyCallTest, a_compressed_message_is_bounded_by_its_full_size) {
    const auto compressed = [](std::string what) {
        const auto bytes = gzip(text(std::move(what)).SerializeAsString());
        auto frame = frame_of(bytes);
        frame[0] = 1;
        return frame;
    };
    EXPECT_TRUE(call(kSay, compressed("hello"), {.frames = "", .encoding = "gzip"}).outcome);
    EXPECT_TRUE(at.service.read_compressed);
    EXPECT_EQ(code_of(compressed(std::string(1000, 'x')), "gzip"), Code::resource_exhausted);
    EXPECT_EQ(code_of("\1\0\0\0\1x"s, "snappy"), Code::unimplemented);
}

TEST_F(BodyCallTest, bytes_that_are_no_message_are_refused) { EXPECT_EQ(code_of(frame_of("\xff\xff")), Code::invalid_argument); }

TEST_F(BodyCallTest, the_callers_timeout_applies_and_must_be_valid) {
    EXPECT_EQ(say("wait", {.frames = "", .timeout = "20m"}).outcome.error().code(), Code::deadline_exceeded);
    EXPECT_THAT(at.service.ends, ElementsAre(Code::deadline_exceeded));
    EXPECT_EQ(say("hello", {.frames = "", .timeout = "soon"}).outcome.error().reason(), "MALFORMED_TIMEOUT");
    EXPECT_TRUE(say("hello", {.frames = "", .timeout = "99999999H"}).outcome);
}

TEST_F(BodyCallTest, an_error_has_its_details_and_not_its_cause) {
    const auto answer = say("busy");
    ASSERT_FALSE(answer.outcome);
    EXPECT_EQ(answer.outcome.error().reason(), "TOO_BUSY");
    EXPECT_EQ(answer.outcome.error().cause(), "");
    EXPECT_EQ(answer.frames, "");
    EXPECT_EQ(say("throw").outcome.error().code(), Code::internal);
}

TEST_F(BodyCallTest, metadata_travels_both_ways) {
    const Metadata sent{{"color", "blue"}};
    const auto answer = say("metadata", {.frames = "", .metadata = sent});
    EXPECT_EQ(at.service.metadata, sent);
    EXPECT_EQ(answer.initial_metadata, sent);
    EXPECT_EQ(answer.trailing_metadata, sent);
}

TEST_F(BodyCallTest, a_call_has_a_server_span_and_is_counted) {
    static_cast<void>(say("hello"));
    ASSERT_EQ(at.server_spans.spans().size(), 1u);
    EXPECT_EQ(at.server_spans.spans()[0].name, "test.EchoService/Say");
    EXPECT_EQ(at.table.running(), 0u);
}

TEST_F(BodyCallTest, a_streaming_method_gets_all_requests_and_then_their_end) {
    const auto both = frame_message(text("a")) + frame_message(text("b"));
    EXPECT_EQ(call(kChat, both).frames, frame_message(text("re: a")) + frame_message(text("re: b")));
    EXPECT_EQ(call(kJoin, both).frames, frame_message(text("ab")));
    EXPECT_EQ(call(kCount, frame_message(text("2"))).frames, frame_message(text("a")) + frame_message(text("b")));
    const auto half = call(kChat, both + "\0"s);
    EXPECT_EQ(half.outcome.error().code(), Code::unimplemented);
    EXPECT_EQ(half.frames, "");
}

TEST_F(BodyCallTest, the_responses_of_a_streaming_method_are_bounded) {
    at.service.text_bytes = 100;
    EXPECT_EQ(call(kCount, frame_message(text("12"))).outcome.error().code(), Code::resource_exhausted);
    EXPECT_LT(at.service.written, 12);
    EXPECT_TRUE(call(kCount, frame_message(text("5"))).outcome);
}

/// Records the steps in which it takes part. It refuses calls if `refuses` is set.
class RefusingPolicy final : public Policy {
 public:
    Part part_in(const Method&) const override { return {.before = true, .around = true}; }
    ValueTask<Result<void>> before(const CallContext&, CallInfo&) override {
        seen.emplace_back("before");
        if (refuses) return Error{Code::permission_denied, "CLOSED", "Closed."};
        return {};
    }
    Task<Result<void>> around(const CallContext& ctx, CallInfo&, const Message& request, Message&, Next next) override {
        seen.push_back("around " + static_cast<const Text&>(request).value());
        return next(ctx);
    }
    void after(CallInfo&) noexcept override { seen.emplace_back("after"); }

    bool refuses = false;
    std::vector<std::string> seen;
};

TEST_F(BodyCallTest, policies_are_asked_before_the_body_is_read) {
    RefusingPolicy policy;
    at.use_policies({&policy});
    EXPECT_TRUE(say("hello").outcome);
    EXPECT_THAT(policy.seen, ElementsAre("before", "around hello", "after"));
    policy.seen.clear();
    policy.refuses = true;
    EXPECT_EQ(code_of("no frame"), Code::permission_denied);
    EXPECT_THAT(policy.seen, ElementsAre("before"));
}

TEST_F(BodyCallTest, a_body_that_cannot_be_read_as_frames_fails_with_the_reason) {
    RootCall root{at.loop};
    BodyCall unread{.frames = Error{Code::invalid_argument, "MALFORMED_BODY", "No base64."}};
    const auto answer = at.run(serve_body(*at.table.find(kSay.path), root.context(), std::move(unread), limits));
    EXPECT_EQ(answer.outcome.error().reason(), "MALFORMED_BODY");
}

class ForwardedCallTest : public BodyCallTest {
 protected:
    ForwardedCallTest() {
        forwarding.add(forwarded, {at.client_tracer, at.log, at.client_meter, at.propagators});
        table = &forwarding;
    }

    const std::vector<const Method*> methods{&kSay, &kLost};
    ForwardedService forwarded{methods, at.channel()};
    ServiceTable forwarding;
};

TEST_F(ForwardedCallTest, a_call_is_forwarded_to_the_channel) {
    EXPECT_EQ(forwarded.service_name(), "test.EchoService");
    EXPECT_EQ(say("hello").frames, frame_message(text("hello")));
    EXPECT_EQ(at.service.calls, 1);
    EXPECT_EQ(say("busy").outcome.error().reason(), "TOO_BUSY");
    EXPECT_EQ(call(kLost, frame_of("")).outcome.error().code(), Code::unimplemented);
    EXPECT_EQ(forwarding.find(kChat.path), nullptr);
}

TEST_F(ForwardedCallTest, deadline_and_trace_are_forwarded_and_metadata_is_not) {
    const auto latest = Deadline::after(at.loop.now(), 1s);
    static_cast<void>(say("hello", {.frames = "", .timeout = "1S", .metadata = {{"color", "blue"}}}));
    EXPECT_LE(at.service.deadline, Deadline::after(at.loop.now(), 1s));
    EXPECT_LE(latest, at.service.deadline);
    EXPECT_THAT(at.service.metadata, IsEmpty());
    ASSERT_EQ(at.server_spans.spans().size(), 1u);
    ASSERT_EQ(at.client_spans.spans().size(), 2u);
    EXPECT_EQ(at.server_spans.spans()[0].trace.trace_id, at.client_spans.spans()[0].trace.trace_id);
}

TEST_F(ForwardedCallTest, policies_of_the_table_see_forwarded_messages) {
    RefusingPolicy policy;
    const std::vector<Policy*> list{&policy};
    forwarding.set_policies(list);
    EXPECT_TRUE(say("hello").outcome);
    EXPECT_THAT(policy.seen, ElementsAre("before", "around hello", "after"));
}

}  // namespace
}  // namespace tw::rpc::test
