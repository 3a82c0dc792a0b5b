#include "kit/rpc/server/foreign_call_fixture.hpp"

#include <gmock/gmock.h>

// These tests cover how a server answers requests that our own channel never sends.
namespace tw::rpc::test {
namespace {

using testing::HasSubstr;

using ServerWireTest = ForeignCallTest;

TEST_F(ServerWireTest, a_good_call_is_answered_with_headers_message_and_trailers) {
    EXPECT_EQ(ask(headers(), message("hello")),
              ":status=200;content-type=application/grpc;grpc-accept-encoding=identity,gzip;grpc-status=0;");
    EXPECT_EQ(call.data, message("hello"));
}

TEST_F(ServerWireTest, the_head_of_an_answer_may_be_sent_before_its_first_message) {
    EXPECT_EQ(ask(headers({}, "POST", "application/grpc", "/test.EchoService/Count"), message("wait")),
              ":status=200;content-type=application/grpc;grpc-accept-encoding=identity,gzip;");
}

TEST_F(ServerWireTest, subtypes_of_the_content_type_are_grpc_too) {
    EXPECT_THAT(ask(headers({}, "POST", "application/grpc+proto"), message("hello")), HasSubstr("grpc-status=0;"));
}

TEST_F(ServerWireTest, a_content_type_may_have_any_case_and_parameters) {
    for (const auto* type :
         {"Application/GRPC", "APPLICATION/GRPC+PROTO", "application/grpc;charset=utf-8", "application/grpc ; charset=utf-8"}) {
        ForeignCall with;
        EXPECT_THAT(ask(with, headers({}, "POST", type), message("hello")), HasSubstr("grpc-status=0;")) << type;
    }
}

TEST_F(ServerWireTest, a_request_that_is_not_grpc_gets_an_http_status) {
    for (const auto* type : {"application/grpcish", "application/grp", "application/grpc x", "application/json"}) {
        ForeignCall with;
        EXPECT_EQ(ask(with, headers({}, "POST", type), message("hello")), ":status=415;") << type;
    }
}

TEST_F(ServerWireTest, a_message_or_metadata_beyond_the_limit_gets_a_grpc_status) {
    at.server_limits.message_bytes_max = at.server_limits.metadata_bytes_max = 1'000;
    ForeignCall large;
    EXPECT_THAT(ask(large, headers(), message(std::string(1'000, 'x'))), HasSubstr("grpc-status=8;"));
    ForeignCall wide;
    const std::string filler(1'000, 'x');
    EXPECT_THAT(ask(wide, headers({{"filler", filler}}), message("hello")), HasSubstr("grpc-status=8;"));
    ForeignCall key;
    EXPECT_THAT(ask(key, headers({{"idempotency-key", filler}}), message("hello")), HasSubstr("grpc-status=8;"));
    EXPECT_EQ(at.service.calls, 0);
    // A message of the greatest permitted size is served.
    ForeignCall fits;
    EXPECT_THAT(ask(fits, headers(), message(std::string(1'000 - 3, 'x'))), HasSubstr("grpc-status=0;"));
    EXPECT_EQ(at.service.calls, 1);
}

TEST_F(ServerWireTest, a_request_without_a_content_type_is_taken_for_grpc) {
    // The server uses the object of the call before again. The content type of that call must not
    // count.
    ForeignCall before;
    EXPECT_EQ(ask(before, headers({}, "POST", "text/plain"), message("hello")), ":status=415;");
    auto fields = headers();
    fields.pop_back();
    EXPECT_THAT(ask(std::move(fields), message("hello")), HasSubstr("grpc-status=0;"));
}

TEST_F(ServerWireTest, other_http_methods_than_post_are_refused) {
    EXPECT_EQ(ask(headers({}, "PUT"), message("hello")), ":status=405;");
}

TEST_F(ServerWireTest, a_malformed_timeout_is_refused) {
    EXPECT_THAT(ask(headers({{"grpc-timeout", "soon"}}), message("hello")), HasSubstr("grpc-status=3;"));
}

TEST_F(ServerWireTest, a_call_whose_deadline_has_passed_does_not_start) {
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

TEST_F(ServerWireTest, an_unknown_encoding_is_refused_and_the_accepted_ones_are_listed) {
    auto body = message("hello");
    body[0] = 1;
    const auto fields = ask(headers({{"grpc-encoding", "snappy"}}), body);
    EXPECT_THAT(fields, HasSubstr("grpc-status=12;"));
    EXPECT_THAT(fields, HasSubstr("grpc-accept-encoding=identity,gzip;"));
    EXPECT_EQ(fields.find("grpc-accept-encoding"), fields.rfind("grpc-accept-encoding")) << "once";
}

TEST_F(ServerWireTest, the_flag_decides_whether_a_message_is_compressed) {
    EXPECT_THAT(ask(headers({{"grpc-encoding", "gzip"}}), message("plain")), HasSubstr("grpc-status=0;"));
    EXPECT_FALSE(at.service.read_compressed);
}

TEST_F(ServerWireTest, a_compressed_message_is_read_and_the_answer_is_plain_by_default) {
    const auto fields = ask(headers({{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "deflate, gzip"}}), compressed("hello"));
    EXPECT_EQ(fields, ":status=200;content-type=application/grpc;grpc-accept-encoding=identity,gzip;grpc-status=0;");
    EXPECT_EQ(call.data, message("hello"));
    EXPECT_TRUE(at.service.read_compressed);
}

TEST_F(ServerWireTest, the_handler_may_compress_its_answer) {
    const auto fields = ask(headers({{"grpc-accept-encoding", "deflate, gzip"}}), message("pack"));
    EXPECT_EQ(fields,
              ":status=200;content-type=application/grpc;grpc-accept-encoding=identity,gzip;grpc-encoding=gzip;grpc-status=0;");
    EXPECT_EQ(call.data, compressed("pack"));
}

TEST_F(ServerWireTest, an_answer_is_not_compressed_for_a_client_that_cannot_read_it) {
    const auto fields = ask(headers({{"grpc-accept-encoding", "identity,deflate"}}), message("pack"));
    EXPECT_EQ(fields, ":status=200;content-type=application/grpc;grpc-accept-encoding=identity,gzip;grpc-status=0;");
    EXPECT_EQ(call.data, message("pack"));
}

TEST_F(ServerWireTest, a_compressed_message_that_expands_beyond_the_limit_is_refused) {
    at.server_limits.message_bytes_max = 10'000;
    const auto bomb = compressed(std::string(1'000'000, 'x'));
    ASSERT_LT(bomb.size(), 10'000u) << "so that its prefix passes";
    const auto fields = ask(headers({{"grpc-encoding", "gzip"}}), bomb);
    EXPECT_THAT(fields, HasSubstr("grpc-status=8;"));
    EXPECT_THAT(fields, HasSubstr("grpc-message=A compressed message exceeds the limit of 10000 bytes.;"));
    EXPECT_EQ(at.service.calls, 0);
}

TEST_F(ServerWireTest, damaged_compressed_data_is_an_error) {
    auto body = compressed("hello");
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

TEST_F(ServerWireTest, a_field_of_binary_metadata_may_hold_several_values) {
    const auto fields = ask(headers({{"echo-bin", "q6ur,AAE,AAE="}}), message("metadata"));
    EXPECT_THAT(fields, testing::EndsWith("grpc-status=0;echo-bin=q6ur;echo-bin=AAE;echo-bin=AAE;"));
}

TEST_F(ServerWireTest, the_error_of_an_unknown_method_names_it) {
    EXPECT_THAT(ask(headers({}, "POST", "application/grpc", "/a.B/C"), message("hello")), HasSubstr("/a.B/C"));
}

TEST_F(ServerWireTest, a_long_error_message_is_cut_so_that_the_code_arrives) {
    const auto fields = ask(headers({}, "POST", "application/grpc", "/" + std::string(12'000, 'x')), message("hello"));
    EXPECT_THAT(fields, HasSubstr("grpc-status=12;"));
    EXPECT_LT(fields.size(), 8'000u) << "which a client takes";
}

TEST_F(ServerWireTest, a_malformed_traceparent_starts_a_new_trace) {
    EXPECT_THAT(ask(headers({{"traceparent", "00-nonsense"}}), message("hello")), HasSubstr("grpc-status=0;"));
    EXPECT_TRUE(at.service.trace.valid());
}

TEST_F(ServerWireTest, a_valid_traceparent_continues_its_trace) {
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

TEST_F(ServerWireTest, b3_is_only_metadata_where_it_is_not_configured) {
    ask(headers({{"b3", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1"}}), message("hello"));
    EXPECT_NE(at.service.trace.trace_id[0], 0x80);
}

}  // namespace
}  // namespace tw::rpc::test
