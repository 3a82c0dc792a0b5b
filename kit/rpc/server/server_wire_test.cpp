#include "kit/net/h2_connection.hpp"
#include "kit/rpc/placement_fixture.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/testing/memory_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What a server answers to requests that our own channel would never send.
namespace tw::rpc::test {
namespace {

using testing::HasSubstr;

/// A request as somebody else might make it; keeps all that comes back.
class ForeignCall final : public net::H2Stream {
 public:
    std::string fields;
    std::string data;
    bool closed = false;

 private:
    void on_field(std::string_view name, std::string_view value) override {
        fields.append(name).append("=").append(value).append(";");
    }
    void on_fields_end() override {}
    void on_data(std::string_view bytes) override { data += bytes; }
    void on_end() override {}
    void on_close(net::H2Code) override { closed = true; }
};

class ServerWireTest : public testing::Test {
 protected:
    using Fields = std::vector<net::H2Field>;

    /// The headers of a good call, with `more`.
    static Fields headers(Fields more = {}, std::string_view method = "POST", std::string_view type = "application/grpc",
                          std::string_view path = "/test.EchoService/Say") {
        Fields all{{":method", method},    {":scheme", "http"}, {":path", path},
                   {":authority", "echo"}, {"te", "trailers"},  {"content-type", type}};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    static std::string message(std::string value) {
        Text text;
        text.set_value(std::move(value));
        std::string out;
        append_message(text, out);
        return out;
    }
    static std::string packed(std::string value) {
        Text text;
        text.set_value(std::move(value));
        std::string out;
        EXPECT_TRUE(append_message(text, Compression::gzip, kMessageBytesMost, out));
        return out;
    }
    /// Makes the call and returns the fields that came back.
    std::string ask(Fields fields, std::string body) { return ask(call, std::move(fields), std::move(body)); }
    std::string ask(ForeignCall& with, Fields fields, std::string body) {
        at.run(talk(at, with, std::move(fields), std::move(body)));
        EXPECT_TRUE(with.closed);
        return with.fields;
    }

    Placement at{true};
    ForeignCall call;

 private:
    static Task<void> talk(Placement& at, ForeignCall& call, Fields fields, std::string body) {
        auto pair = tw::test::MemoryStream::make_pair(at.loop);
        at.server().serve_stream(std::move(pair.second));
        net::H2Events events;
        net::H2Connection connection{at.loop, std::move(pair.first), net::H2Session::Side::client, {}, events};
        Gate gate;
        const auto drive = [](net::H2Connection& driven) -> Task<void> { static_cast<void>(co_await driven.run()); };
        spawn(gate, drive(connection));
        call.outgoing() = std::move(body);
        call.finish();
        EXPECT_TRUE(connection.session().request(call, fields, false));
        co_await at.settle();
        connection.close();
        co_await close_and_wait(gate);
    }
};

TEST_F(ServerWireTest, a_good_call_is_answered_with_headers_message_and_trailers) {
    EXPECT_EQ(ask(headers(), message("hello")), ":status=200;content-type=application/grpc;grpc-status=0;");
    EXPECT_EQ(call.data, message("hello"));
}

TEST_F(ServerWireTest, subtypes_of_the_content_type_are_grpc_too) {
    EXPECT_THAT(ask(headers({}, "POST", "application/grpc+proto"), message("hello")), HasSubstr("grpc-status=0;"));
}

TEST_F(ServerWireTest, what_is_not_grpc_gets_an_http_status) {
    EXPECT_EQ(ask(headers({}, "POST", "application/grpcish"), message("hello")), ":status=415;");
}

TEST_F(ServerWireTest, a_request_that_does_not_say_what_it_is_is_taken_for_grpc) {
    // Also where the one before it, whose object the server uses again, said that it is something else.
    ForeignCall before;
    EXPECT_EQ(ask(before, headers({}, "POST", "text/plain"), message("hello")), ":status=415;");
    auto fields = headers();
    fields.pop_back();
    EXPECT_THAT(ask(std::move(fields), message("hello")), HasSubstr("grpc-status=0;"));
}

TEST_F(ServerWireTest, other_verbs_are_not_allowed) { EXPECT_EQ(ask(headers({}, "PUT"), message("hello")), ":status=405;"); }

TEST_F(ServerWireTest, a_malformed_timeout_is_refused) {
    EXPECT_THAT(ask(headers({{"grpc-timeout", "soon"}}), message("hello")), HasSubstr("grpc-status=3;"));
}

TEST_F(ServerWireTest, nothing_is_begun_for_a_caller_whose_time_is_up) {
    EXPECT_THAT(ask(headers({{"grpc-timeout", "1n"}}), message("hello")), HasSubstr("grpc-status=4;"));
    EXPECT_EQ(at.service.calls, 0);
    EXPECT_EQ(at.server().state().calls.failed, 1u);
}

TEST_F(ServerWireTest, the_methods_own_deadline_bounds_the_callers) {
    const auto fields = ask(headers({{"grpc-timeout", "99999999S"}}), message("hello"));
    EXPECT_THAT(fields, HasSubstr("grpc-status=0;"));
    EXPECT_LT(at.service.deadline, Deadline::after(at.loop.now(), std::chrono::seconds{21}));
}

TEST_F(ServerWireTest, a_truncated_message_is_an_error) {
    EXPECT_THAT(ask(headers(), message("hello").substr(0, 8)), HasSubstr("grpc-status=13;"));
}

TEST_F(ServerWireTest, no_message_for_a_method_that_takes_one_is_an_error) {
    EXPECT_THAT(ask(headers(), ""), HasSubstr("grpc-status=12;"));
}

TEST_F(ServerWireTest, two_messages_for_a_method_that_takes_one_are_an_error) {
    EXPECT_THAT(ask(headers(), message("a") + message("b")), HasSubstr("grpc-status=12;"));
    EXPECT_EQ(at.service.calls, 0);
}

TEST_F(ServerWireTest, bytes_that_are_no_message_are_an_error_of_the_caller) {
    EXPECT_THAT(ask(headers(), std::string{"\0\0\0\0\2\xff\xff", 7}), HasSubstr("grpc-status=3;"));
}

TEST_F(ServerWireTest, an_encoding_that_nobody_here_reads_is_refused_and_told_what_is_accepted) {
    auto body = message("hello");
    body[0] = 1;
    const auto fields = ask(headers({{"grpc-encoding", "snappy"}}), body);
    EXPECT_THAT(fields, HasSubstr("grpc-status=12;"));
    EXPECT_THAT(fields, HasSubstr("grpc-accept-encoding=identity,gzip;"));
}

TEST_F(ServerWireTest, the_flag_decides_whether_a_message_is_packed) {
    EXPECT_THAT(ask(headers({{"grpc-encoding", "gzip"}}), message("plain")), HasSubstr("grpc-status=0;"));
    EXPECT_FALSE(at.service.read_compressed);
}

TEST_F(ServerWireTest, a_packed_message_is_read_and_the_answer_is_plain_where_nobody_asked_for_more) {
    const auto fields = ask(headers({{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "deflate, gzip"}}), packed("hello"));
    EXPECT_EQ(fields, ":status=200;content-type=application/grpc;grpc-status=0;");
    EXPECT_EQ(call.data, message("hello"));
    EXPECT_TRUE(at.service.read_compressed);
}

TEST_F(ServerWireTest, the_handler_may_pack_its_answer) {
    const auto fields = ask(headers({{"grpc-accept-encoding", "deflate, gzip"}}), message("pack"));
    EXPECT_EQ(fields, ":status=200;content-type=application/grpc;grpc-encoding=gzip;grpc-status=0;");
    EXPECT_EQ(call.data, packed("pack"));
}

TEST_F(ServerWireTest, an_answer_is_not_packed_for_a_client_that_cannot_read_it) {
    const auto fields = ask(headers({{"grpc-accept-encoding", "identity,deflate"}}), message("pack"));
    EXPECT_EQ(fields, ":status=200;content-type=application/grpc;grpc-status=0;");
    EXPECT_EQ(call.data, message("pack"));
}

TEST_F(ServerWireTest, a_packed_message_that_unfolds_beyond_the_limit_is_refused) {
    at.server_limits.message_bytes_max = 10'000;
    const auto fields = ask(headers({{"grpc-encoding", "gzip"}}), packed(std::string(5'000'000, 'x')));
    EXPECT_THAT(fields, HasSubstr("grpc-status=8;"));
    EXPECT_EQ(at.service.calls, 0);
}

TEST_F(ServerWireTest, damaged_packing_is_an_error) {
    auto body = packed("hello");
    body.back() ^= 1;
    EXPECT_THAT(ask(headers({{"grpc-encoding", "gzip"}}), body), HasSubstr("grpc-status=13;"));
}

TEST_F(ServerWireTest, an_answer_beyond_the_limit_is_not_sent) {
    at.server_limits.response_bytes_max = 100;
    EXPECT_THAT(ask(headers(), message("large")), HasSubstr("grpc-status=8;"));
    EXPECT_EQ(call.data, "");
}

TEST_F(ServerWireTest, binary_metadata_is_read_padded_or_not_and_sent_without_padding) {
    const auto fields =
        ask(headers({{"echo-bin", "q6ur"}, {"echo-bin", "AAE"}, {"echo-bin", "AAE="}, {"echo", "a, b"}}), message("metadata"));
    EXPECT_THAT(fields, HasSubstr("echo-bin=q6ur;echo-bin=AAE;echo-bin=AAE;echo=a, b;grpc-status=0;"));
    EXPECT_THAT(fields, testing::EndsWith("grpc-status=0;echo-bin=q6ur;echo-bin=AAE;echo-bin=AAE;echo=a, b;"));
}

TEST_F(ServerWireTest, binary_metadata_may_come_several_values_to_a_field) {
    const auto fields = ask(headers({{"echo-bin", "q6ur,AAE,AAE="}}), message("metadata"));
    EXPECT_THAT(fields, testing::EndsWith("grpc-status=0;echo-bin=q6ur;echo-bin=AAE;echo-bin=AAE;"));
}

TEST_F(ServerWireTest, an_unknown_method_is_named) {
    EXPECT_THAT(ask(headers({}, "POST", "application/grpc", "/a.B/C"), message("hello")), HasSubstr("/a.B/C"));
}

TEST_F(ServerWireTest, what_an_error_says_at_length_is_cut_so_that_its_code_arrives) {
    const auto fields = ask(headers({}, "POST", "application/grpc", "/" + std::string(12'000, 'x')), message("hello"));
    EXPECT_THAT(fields, HasSubstr("grpc-status=12;"));
    EXPECT_LT(fields.size(), 8'000u) << "which a client takes";
}

TEST_F(ServerWireTest, a_malformed_traceparent_starts_a_new_trace) {
    EXPECT_THAT(ask(headers({{"traceparent", "00-nonsense"}}), message("hello")), HasSubstr("grpc-status=0;"));
    EXPECT_TRUE(at.service.trace.valid());
}

TEST_F(ServerWireTest, a_wellformed_traceparent_is_gone_on_with) {
    ask(headers({{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, {"tracestate", "a=1"}}),
        message("hello"));
    EXPECT_EQ(at.service.trace.trace_id[0], 0x0a);
    EXPECT_EQ(*at.service.trace.state, "a=1");
}

TEST_F(ServerWireTest, two_traceparents_start_a_new_trace) {
    const net::H2Field traceparent{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
    ask(headers({traceparent, traceparent, {"tracestate", "a=1"}}), message("hello"));
    EXPECT_NE(at.service.trace.trace_id[0], 0x0a);
    EXPECT_EQ(at.service.trace.state, nullptr);
}

TEST_F(ServerWireTest, baggage_may_come_in_several_fields_and_malformed_members_are_left_out) {
    ask(headers({{"baggage", "a=1 ; p"}, {"baggage", "b, c=3"}}), message("hello"));
    EXPECT_EQ(at.service.attributes.baggage, "a=1;p,c=3");
}

TEST_F(ServerWireTest, b3_is_metadata_where_nobody_asked_for_it) {
    ask(headers({{"b3", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1"}}), message("hello"));
    EXPECT_NE(at.service.trace.trace_id[0], 0x80);
}

}  // namespace
}  // namespace tw::rpc::test
