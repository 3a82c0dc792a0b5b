#include "kit/otlp/transport/http_transport.hpp"

#include "kit/async/run.hpp"
#include "kit/base/gzip.hpp"
#include "kit/otlp/pipeline/export_response.hpp"
#include "kit/otlp/trace_request_fixture.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/memory_stream.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using telemetry::Signal;
using test::trace_request;
using testing::HasSubstr;
using Kind = SendOutcome::Kind;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;
using test::gunzip;
using testing::Not;
using testing::StartsWith;

std::string response(int status, const std::string& body = {}, const std::string& fields = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
           "\r\n" + body;
}

class HttpTransportTest : public testing::Test {
 protected:
    /// Sends the request to a server with this answer, and keeps what the server received.
    SendOutcome send(std::string answer, Signal signal = Signal::traces, std::string request = trace_request()) {
        return send_through({std::move(answer)}, signal, std::move(request));
    }
    /// Sends like `send`, to several servers, each of which answers one request, whatever its host.
    SendOutcome send_through(std::vector<std::string> answers, Signal signal = Signal::traces,
                             std::string request = trace_request()) {
        requests.clear();
        Gate gate;
        auto connect = [&](const CallContext&) {
            auto pair = tw::test::MemoryStream::make_pair(loop);
            spawn(gate, serve(std::move(pair.second), std::exchange(answers.front(), {}), requests));
            answers.erase(answers.begin());
            return give(std::move(pair.first));
        };
        HttpTransport::MakeClient make_client = [&](const http::Url& url) -> Result<std::unique_ptr<http::Client>> {
            return std::make_unique<http::Client>(loop, url.address.to_string(), http::ClientOptions{}, connect);
        };
        const auto transport = HttpTransport::make(std::move(make_client), settings, clock).value();
        const auto outcome = run_until_done(loop, transport->send(call.context(), signal, request));
        run_until_done(loop, close_and_wait(gate));
        received = requests.empty() ? "" : requests.back();
        return outcome;
    }
    std::string body() const { return received.substr(received.find("\r\n\r\n") + 4); }

    static Task<Result<std::unique_ptr<net::Stream>>> give(std::unique_ptr<net::Stream> stream) { co_return std::move(stream); }

    static Task<void> serve(std::unique_ptr<tw::test::MemoryStream> stream, std::string answer,
                            std::vector<std::string>& requests) {
        std::vector<char> chunk(1 << 16);
        // One read returns the whole request, since it was sent by one write.
        const std::span<char> into{chunk};
        const auto count = co_await stream->read_some(into);
        requests.emplace_back(chunk.data(), count ? *count : 0);
        const std::span<const char> bytes{answer.data(), answer.size()};
        static_cast<void>(co_await stream->write_all(bytes));
        stream->shutdown_write();
    }

    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), 5s)};
    tw::test::FakeClock clock;
    SignalExport settings{.endpoint = "http://collector:4318/v1/traces"};
    std::vector<std::string> requests;
    /// The last request.
    std::string received;
};

TEST_F(HttpTransportTest, protobuf_is_posted_as_it_is) {
    settings.headers.emplace_back("api-key", Secret{"s3cret"});
    EXPECT_EQ(send(response(200)).kind, Kind::accepted);
    EXPECT_THAT(received, StartsWith("POST /v1/traces HTTP/1.1\r\nHost: collector:4318\r\n"));
    EXPECT_THAT(received, HasSubstr("Content-Type: application/x-protobuf\r\n"));
    EXPECT_THAT(received, HasSubstr("api-key: s3cret\r\n"));
    EXPECT_THAT(received, Not(HasSubstr("Content-Encoding")));
    EXPECT_EQ(body(), trace_request());
}

TEST_F(HttpTransportTest, gzip_is_said_and_done) {
    settings.gzip = true;
    EXPECT_EQ(send(response(200)).kind, Kind::accepted);
    EXPECT_THAT(received, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_EQ(gunzip(body()), trace_request());
}

TEST_F(HttpTransportTest, json_has_hexadecimal_ids_numbers_for_names_and_strings_for_long_numbers) {
    settings.protocol = Protocol::http_json;
    EXPECT_EQ(send(response(200, "{}")).kind, Kind::accepted);
    EXPECT_THAT(received, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_EQ(body(), R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0fff",)"
                      R"("spanId":"abcdef0102030405","name":"work","kind":2,"startTimeUnixNano":"1767225600000000000",)"
                      R"("attributes":[{"key":"count","value":{"intValue":"7"}}]}]}]}]})");
}

TEST_F(HttpTransportTest, a_partial_success_is_read_in_both_forms) {
    ExportTraceServiceResponse partial;
    partial.mutable_partial_success()->set_rejected_spans(300);
    partial.mutable_partial_success()->set_error_message("too old");
    const auto binary = send(response(200, partial.SerializeAsString()));
    EXPECT_EQ(binary.kind, Kind::accepted);
    EXPECT_EQ(binary.rejected, 300U);
    EXPECT_EQ(binary.message, "too old");

    settings.protocol = Protocol::http_json;
    const auto json =
        send(response(200, R"({"partialSuccess":{"rejectedLogRecords":"4","errorMessage":"no"},"new":1})"), Signal::logs, "");
    EXPECT_EQ(json.rejected, 4U);
    EXPECT_EQ(json.message, "no");
}

TEST_F(HttpTransportTest, an_answer_that_is_no_otlp_response_means_that_nothing_was_exported) {
    const std::string page = "<html>Please log in</html>";
    for (const auto protocol : {Protocol::http_protobuf, Protocol::http_json}) {
        settings.protocol = protocol;
        for (const auto& answer : {response(200, page, "Content-Type: text/html; charset=utf-8\r\n"), response(200, page),
                                   response(202, page, "Content-Type: application/json\r\n"),
                                   response(200, page, "Content-Type: application/x-protobuf\r\n"), response(200, "\xff\xff\xff"),
                                   response(200, "ok", "Content-Type: text/plain\r\n")}) {
            const auto outcome = send(answer);
            EXPECT_EQ(outcome.kind, Kind::refused) << answer;
            EXPECT_THAT(outcome.message, HasSubstr("http://collector:4318/v1/traces answered 20"));
            EXPECT_THAT(outcome.message, HasSubstr("no OTLP response"));
        }
    }
}

TEST_F(HttpTransportTest, receivers_that_answer_in_the_other_form_or_without_a_body_have_accepted) {
    for (const auto protocol : {Protocol::http_protobuf, Protocol::http_json}) {
        settings.protocol = protocol;
        for (const auto& answer :
             {response(200, "{}", "Content-Type: application/json; charset=utf-8\r\n"),
              response(200, "\n\x02\b\x01", "Content-Type: Application/X-Protobuf\r\n"), response(202),
              response(200, "", "Content-Type: text/plain\r\n"), std::string{"HTTP/1.1 204 No Content\r\n\r\n"}}) {
            const auto outcome = send(answer);
            EXPECT_EQ(outcome.kind, Kind::accepted) << answer << outcome.message;
        }
    }
}

TEST_F(HttpTransportTest, redirects_that_keep_the_request_are_followed) {
    settings.headers.emplace_back("api-key", Secret{"s3cret"});
    for (const int status : {307, 308}) {
        EXPECT_EQ(
            send_through({response(status, "", "Location: /otlp/v1/traces?x=1\r\nConnection: close\r\n"), response(200)}).kind,
            Kind::accepted);
        ASSERT_EQ(requests.size(), 2U);
        EXPECT_THAT(received, StartsWith("POST /otlp/v1/traces?x=1 HTTP/1.1\r\nHost: collector:4318\r\n"));
        EXPECT_THAT(received, HasSubstr("api-key: s3cret\r\n"));
        EXPECT_EQ(body(), trace_request());
    }
}

TEST_F(HttpTransportTest, a_redirect_to_another_origin_does_not_get_the_configured_headers) {
    settings.headers.emplace_back("api-key", Secret{"s3cret"});
    for (const auto* location : {"http://other:4318/v1/traces", "//other:4318/v1/traces", "https://other:4318/v1/traces",
                                 "http://collector:4319/v1/traces"}) {
        EXPECT_EQ(send_through({response(307, "", fmt::format("Location: {}\r\n", location)), response(200)}).kind,
                  Kind::accepted);
        ASSERT_EQ(requests.size(), 2U) << location;
        EXPECT_THAT(received, StartsWith("POST /v1/traces HTTP/1.1\r\nHost: "));
        EXPECT_THAT(received, Not(HasSubstr("s3cret"))) << location;
        EXPECT_EQ(body(), trace_request());
    }
}

TEST_F(HttpTransportTest, redirects_without_end_end) {
    std::vector<std::string> answers(9, response(307, "", "Location: /v1/traces\r\nConnection: close\r\n"));
    const auto outcome = send_through(std::move(answers));
    EXPECT_EQ(outcome.kind, Kind::refused);
    EXPECT_EQ(requests.size(), 4U);
    EXPECT_THAT(outcome.message, HasSubstr("http://collector:4318/v1/traces redirects again"));
}

TEST_F(HttpTransportTest, a_redirect_that_is_not_followed_is_named) {
    settings.endpoint = "https://collector:4318/v1/traces";
    for (const auto* location : {"http://collector:4318/v1/traces", "ftp://collector/x", "v2/traces", "", "https://"}) {
        const auto outcome = send(response(308, "", fmt::format("Location: {}\r\n", location)));
        EXPECT_EQ(outcome.kind, Kind::refused) << location;
        EXPECT_THAT(outcome.message, HasSubstr("is not followed")) << location;
    }
    EXPECT_THAT(send(response(302, "", "Location: https://login/?token=s3cret\r\n")).message,
                HasSubstr("answered 302, a redirect to https://login/?token=*** that"));
    EXPECT_THAT(send(response(307)).message, HasSubstr("answered 307"));
}

TEST_F(HttpTransportTest, statuses_say_whether_to_come_again_and_when) {
    for (const int status : {429, 502, 503, 504}) EXPECT_EQ(send(response(status)).kind, Kind::again) << status;
    for (const int status : {301, 400, 401, 404, 413, 500}) EXPECT_EQ(send(response(status)).kind, Kind::refused) << status;
    EXPECT_EQ(send(response(503, "", "Retry-After: 7\r\n")).retry_after, 7s);
    EXPECT_EQ(send(response(503)).retry_after, std::nullopt);
}

TEST_F(HttpTransportTest, a_refusal_says_what_the_receiver_said) {
    const std::string status(
        "\x08\x03\x12\x07"
        "no span",
        11);
    EXPECT_THAT(send(response(400, status)).message, HasSubstr("http://collector:4318/v1/traces answered 400: no span"));
    EXPECT_THAT(send(response(400, "plain text")).message, HasSubstr("answered 400"));
}

TEST_F(HttpTransportTest, a_connection_that_breaks_is_worth_another_attempt) {
    const auto outcome = send("");
    EXPECT_EQ(outcome.kind, Kind::again);
    EXPECT_THAT(outcome.message, HasSubstr("http://collector:4318/v1/traces: "));
}

TEST_F(HttpTransportTest, what_is_secret_in_an_endpoint_is_in_no_failure) {
    settings.endpoint = "http://collector:4318/v1/traces?api-key=s3cret";
    for (const auto& answer : {std::string{}, response(401), response(200, "<html>"), response(307, "", "Location: x\r\n")}) {
        const auto outcome = send(answer);
        EXPECT_THAT(outcome.message, HasSubstr("http://collector:4318/v1/traces?api-key=***"));
        EXPECT_THAT(outcome.message, Not(HasSubstr("s3cret")));
    }
    EXPECT_THAT(received, StartsWith("POST /v1/traces?api-key=s3cret HTTP/1.1"));
}

TEST_F(HttpTransportTest, files_that_cannot_be_used_are_named_at_the_start) {
    settings.endpoint = "https://collector:4318/v1/traces";
    settings.certificate = "/nowhere/ca.pem";
    auto made = HttpTransport::make(loop, settings, clock);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason(), "TLS_FILES");
    EXPECT_THAT(made.error().detail(), HasSubstr("/nowhere/ca.pem"));
    settings.certificate = "";
    settings.client_key = "/nowhere/key.pem";
    made = HttpTransport::make(loop, settings, clock);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().detail(), HasSubstr("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"));
}

TEST(ExportResponse, no_input_is_read_beyond_its_end) {
    ExportTraceServiceResponse partial;
    partial.mutable_partial_success()->set_rejected_spans(1'000'000);
    partial.mutable_partial_success()->set_error_message("message");
    const auto whole = partial.SerializeAsString();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto outcome = decode_export_response(std::string{whole.substr(0, size)});
        EXPECT_EQ(outcome.has_value(), size == 0) << size;
    }
}

TEST(Gzip, is_read_by_others) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += std::to_string(i);
    const auto packed = gzip(text);
    EXPECT_LT(packed.size(), text.size() / 2);
    EXPECT_EQ(gunzip(packed), text);
    EXPECT_EQ(gunzip(gzip("")), "");
}

}  // namespace
}  // namespace tw::otlp
