#include "services/console/endpoints/otlp_http.hpp"

#include "kit/async/run.hpp"
#include "kit/base/gzip.hpp"
#include "services/console/fake_archive.hpp"

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <gtest/gtest.h>

namespace tw::console {
namespace {

using opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;

class OtlpHttpTest : public testing::Test {
 protected:
    static http::Request post(std::string type, std::string body, std::string path = "/v1/traces") {
        http::Request request{.method = "POST", .path = std::move(path), .body = std::move(body)};
        request.headers.add("content-type", std::move(type));
        return request;
    }
    http::Response answer(const http::Request& request) {
        RootCall call{loop};
        return run_until_done(loop, otlp.answer(call.context(), request));
    }

    test::FakeArchive archive;
    EventLoop loop;
    WorkerPool workers{1};
    OtlpHttp otlp{archive, workers, "https://shop.example"};
};

TEST_F(OtlpHttpTest, protobuf_is_stored_as_it_came) {
    const auto response = answer(post("application/x-protobuf", "bytes", "/v1/logs"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "application/x-protobuf");
    EXPECT_EQ(response.body, "");
    ASSERT_EQ(archive.requests.size(), 1U);
    EXPECT_EQ(archive.requests[0], (std::pair{telemetry::Signal::logs, std::string{"bytes"}}));
}

TEST_F(OtlpHttpTest, a_compressed_body_is_stored_decompressed) {
    auto request = post("application/x-protobuf", gzip("bytes"), "/v1/metrics");
    request.headers.add("content-encoding", "gzip");
    EXPECT_EQ(answer(request).status, 200);
    EXPECT_EQ(archive.requests[0], (std::pair{telemetry::Signal::metrics, std::string{"bytes"}}));
}

TEST_F(OtlpHttpTest, a_small_body_that_expands_to_too_much_is_refused) {
    auto request = post("application/x-protobuf", gzip(std::string(OtlpHttp::kRequestBytesMax + 1, 'x')));
    request.headers.add("content-encoding", "gzip");
    EXPECT_EQ(answer(request).status, 413);
    EXPECT_TRUE(archive.requests.empty());
}

TEST_F(OtlpHttpTest, what_was_refused_of_a_request_is_told_in_the_form_of_the_request) {
    archive.outcomes = {Accepted{.rejected = 2, .reason = "bad \"ids\""}, Accepted{.rejected = 2, .reason = "bad ids"}};
    const auto json = answer(post("application/json; charset=utf-8", R"({"resourceSpans":[]})"));
    EXPECT_EQ(json.content_type, "application/json");
    EXPECT_EQ(json.body, R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad \"ids\""}})");
    ExportTraceServiceResponse parsed;
    ASSERT_TRUE(parsed.ParseFromString(answer(post("application/x-protobuf", "")).body));
    EXPECT_EQ(parsed.partial_success().rejected_spans(), 2);
    EXPECT_EQ(parsed.partial_success().error_message(), "bad ids");
}

TEST_F(OtlpHttpTest, requests_that_cannot_be_read_are_refused_for_good) {
    EXPECT_EQ(answer(post("application/json", "{")).status, 400);
    EXPECT_EQ(answer(post("text/plain", "{}")).status, 415);
    auto coded = post("application/json", "{}");
    coded.headers.add("content-encoding", "br");
    EXPECT_EQ(answer(coded).status, 415);
    auto damaged = post("application/json", "{}");
    damaged.headers.add("content-encoding", "gzip");
    EXPECT_EQ(answer(damaged).status, 400);
    EXPECT_EQ(answer(post("application/json", "{}", "/v1/profiles")).status, 404);
    auto get = post("application/json", "");
    get.method = "GET";
    const auto refused = answer(get);
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.headers.find("allow"), "POST, OPTIONS");
    EXPECT_EQ(refused.body, R"({"code":12,"message":"telemetry is sent with POST"})");
}

TEST_F(OtlpHttpTest, what_may_be_sent_again_says_when) {
    archive.outcomes.emplace_back(Error{Code::resource_exhausted, "TELEMETRY_SHARE_FULL", "too much waits"}.with_retry_after(
        std::chrono::milliseconds{1'500}));
    archive.outcomes.emplace_back(Error{Code::unavailable, "DISK_FULL", "the disk is full"});
    const auto full = answer(post("application/x-protobuf", ""));
    EXPECT_EQ(full.status, 429);
    EXPECT_EQ(full.headers.find("retry-after"), "2");
    const auto disk = answer(post("application/x-protobuf", ""));
    EXPECT_EQ(disk.status, 503);
    EXPECT_EQ(disk.headers.find("retry-after"), "1");
}

TEST_F(OtlpHttpTest, pages_of_this_machine_and_those_that_are_set_may_send) {
    for (const auto* const origin : {"http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080", "https://shop.example"}) {
        auto preflight = post("", "");
        preflight.method = "OPTIONS";
        preflight.headers.add("origin", origin);
        preflight.headers.add("access-control-request-headers", "content-type, x-custom");
        const auto allowed = answer(preflight);
        EXPECT_EQ(allowed.status, 204) << origin;
        EXPECT_EQ(allowed.headers.find("access-control-allow-origin"), origin);
        EXPECT_EQ(allowed.headers.find("access-control-allow-headers"), "content-type, x-custom");
        auto request = post("application/json", "{}");
        request.headers.add("origin", origin);
        EXPECT_EQ(answer(request).headers.find("access-control-allow-origin"), origin);
    }
}

TEST_F(OtlpHttpTest, pages_of_other_origins_may_not_send) {
    for (const auto* const origin :
         {"https://evil.example", "null", "http://localhost.evil.example", "http://evil.example:1/localhost"}) {
        for (const auto* const method : {"OPTIONS", "POST"}) {
            auto request = post("application/json", "{}");
            request.method = method;
            request.headers.add("origin", origin);
            const auto refused = answer(request);
            EXPECT_EQ(refused.status, 403) << origin;
            EXPECT_FALSE(refused.headers.find("access-control-allow-origin"));
        }
    }
    EXPECT_TRUE(archive.requests.empty());
}

}  // namespace
}  // namespace tw::console
