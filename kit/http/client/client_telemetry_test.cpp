#include "kit/http/client/client_telemetry.hpp"

#include "kit/base/random.hpp"
#include "kit/http/client/client_fixture.hpp"
#include "kit/http/client/client_http2_fixture.hpp"
#include "kit/telemetry/collected_spans.hpp"
#include "kit/telemetry/propagation.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <chrono>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;
using telemetry::Propagator;
using test::kOk;
using ::testing::HasSubstr;
using ::testing::Not;

class ClientTelemetryTest : public testing::Test {
 protected:
    ~ClientTelemetryTest() override {
        client_.reset();
        run_until_done(loop, peer.end());
    }

    Result<ClientResponse> send(const CallContext& ctx, ClientRequest request = {}) {
        if (!client_) client_ = std::make_unique<Client>(loop, "peer:80", ClientOptions{}, peer.connector(), telemetry_);
        return run_until_done(loop, client_->send(ctx, std::move(request)));
    }
    Result<ClientResponse> send(ClientRequest request = {}) { return send(call.context(), std::move(request)); }
    void answer(std::string_view text) { peer.scripts.push_back({{std::string{text}}}); }
    const telemetry::CollectedSpans::Record& span() const { return spans.spans().at(0); }
    std::string attribute(const std::string& key) const { return span().text(key).value_or("(none)"); }
    void use(std::unique_ptr<Client> client) { client_ = std::move(client); }
    const telemetry::Telemetry& telemetry() const { return telemetry_; }
    void use(std::vector<Propagator> propagators) { telemetry_.propagators = telemetry::Propagators{propagators}; }

    /// Returns the only series of the metric, as "key=value" texts.
    std::map<std::string, std::string> series() {
        std::vector<telemetry::MetricPoint> points;
        meter.collect(points);
        EXPECT_EQ(points.size(), 1u);
        EXPECT_EQ(points.at(0).instrument->name, "http.client.request.duration");
        EXPECT_EQ(points.at(0).count, 1u);
        std::map<std::string, std::string> attributes;
        for (const auto& [key, value] : points.at(0).attributes) {
            const auto* const text = std::get_if<std::string>(&value);
            attributes[key] = text != nullptr ? *text : std::to_string(std::get<std::int64_t>(value));
        }
        return attributes;
    }

    EventLoop loop;
    RootCall call{loop};
    test::Peer peer{loop};
    telemetry::CollectedSpans spans;
    telemetry::Meter meter;

 private:
    SystemClock clock_;
    Random random_{1};
    tw::test::QuietTelemetry quiet_;
    telemetry::Tracer tracer_{clock_, random_, &spans};
    telemetry::Telemetry telemetry_{tracer_, quiet_.get().log, meter};
    std::unique_ptr<Client> client_;
};

TEST_F(ClientTelemetryTest, a_request_is_a_client_span_that_tells_what_and_where) {
    answer(kOk);
    ASSERT_TRUE(send({.method = "POST", .target = "/orders/7?token=secret", .body = "{}"}));
    EXPECT_EQ(span().name, "POST");
    EXPECT_EQ(span().kind, telemetry::SpanKind::client);
    EXPECT_EQ(attribute("http.request.method"), "POST");
    EXPECT_EQ(attribute("url.full"), "http://peer:80/orders/7");
    EXPECT_EQ(attribute("server.address"), "peer");
    EXPECT_EQ(attribute("server.port"), "80");
    EXPECT_EQ(attribute("http.response.status_code"), "200");
    EXPECT_EQ(attribute("network.protocol.version"), "1.1");
    EXPECT_EQ(attribute("error.type"), "(none)");
    EXPECT_FALSE(span().failure);
    EXPECT_TRUE(span().end);
}

TEST_F(ClientTelemetryTest, an_error_status_fails_the_span_and_names_itself) {
    answer("HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(send());
    EXPECT_EQ(attribute("error.type"), "404");
    EXPECT_EQ(attribute("network.protocol.version"), "1.0");
    EXPECT_EQ(span().failure, "");
}

TEST_F(ClientTelemetryTest, a_server_that_is_not_reached_fails_the_span) {
    ASSERT_FALSE(send());
    EXPECT_EQ(attribute("error.type"), "UNAVAILABLE");
    EXPECT_EQ(attribute("http.response.status_code"), "(none)");
    EXPECT_TRUE(span().failure);
    const auto attributes = series();
    EXPECT_EQ(attributes.at("error.type"), "UNAVAILABLE");
    EXPECT_FALSE(attributes.contains("http.response.status_code"));
}

TEST_F(ClientTelemetryTest, a_method_that_http_does_not_know_is_no_name_of_a_span) {
    answer(kOk);
    ASSERT_TRUE(send({.method = "BREW"}));
    EXPECT_EQ(span().name, "HTTP");
    EXPECT_EQ(attribute("http.request.method"), "_OTHER");
    EXPECT_EQ(attribute("http.request.method_original"), "BREW");
}

TEST_F(ClientTelemetryTest, requests_are_counted_by_method_server_and_status) {
    answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(send());
    const std::map<std::string, std::string> expected{{"error.type", "503"},
                                                      {"http.request.method", "GET"},
                                                      {"http.response.status_code", "503"},
                                                      {"network.protocol.version", "1.1"},
                                                      {"server.address", "peer"},
                                                      {"server.port", "80"}};
    EXPECT_EQ(series(), expected);
}

TEST_F(ClientTelemetryTest, the_context_goes_along) {
    answer(kOk);
    auto attributes = std::make_shared<CallAttributes>();
    attributes->baggage = "k=v";
    const auto trace = telemetry::parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=1");
    ASSERT_TRUE(send(call.context().with_trace(*trace).with_attributes(attributes)));
    EXPECT_THAT(peer.requests.at(0), HasSubstr("\r\ntraceparent: " + telemetry::format_traceparent(span().trace) + "\r\n"));
    EXPECT_THAT(peer.requests.at(0), HasSubstr("\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-"));
    EXPECT_THAT(peer.requests.at(0), Not(HasSubstr("b7ad6b7169203331")));
    EXPECT_THAT(peer.requests.at(0), HasSubstr("\r\ntracestate: a=1\r\nbaggage: k=v\r\n"));
}

TEST_F(ClientTelemetryTest, the_context_replaces_fields_that_a_caller_set) {
    answer(kOk);
    ClientRequest request;
    request.headers.add("TraceParent", "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01");
    request.headers.add("X-Mine", "1");
    ASSERT_TRUE(send(std::move(request)));
    EXPECT_THAT(peer.requests.at(0), Not(HasSubstr("ffffffffffffffff")));
    EXPECT_THAT(peer.requests.at(0), HasSubstr("X-Mine: 1"));
}

TEST_F(ClientTelemetryTest, http2_is_told_as_such_and_carries_the_context) {
    test::FramePeer frames{loop};
    frames.scripts.push_back({{{1, test::answer(1)}}});
    use(std::make_unique<Client>(loop, "peer:80", ClientOptions{.http2_prior_knowledge = true}, frames.connector(), telemetry()));
    ASSERT_TRUE(send());
    EXPECT_EQ(attribute("network.protocol.version"), "2");
    EXPECT_EQ(series().at("network.protocol.version"), "2");
    EXPECT_THAT(frames.first(test::FrameType::headers).fields,
                HasSubstr("traceparent: " + telemetry::format_traceparent(span().trace)));
    use(nullptr);
    run_until_done(loop, frames.end());
}

TEST_F(ClientTelemetryTest, the_propagators_are_those_of_the_telemetry) {
    use({Propagator::b3});
    answer(kOk);
    ASSERT_TRUE(send());
    EXPECT_THAT(peer.requests.at(0), HasSubstr("\r\nb3: "));
    EXPECT_THAT(peer.requests.at(0), Not(HasSubstr("traceparent")));
}

TEST_F(ClientTelemetryTest, a_client_without_telemetry_adds_nothing) {
    answer(kOk);
    Client silent{loop, "peer:80", {}, peer.connector()};
    const auto trace = telemetry::parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    ASSERT_TRUE(run_until_done(loop, silent.send(call.context().with_trace(*trace), {})));
    EXPECT_EQ(peer.requests.at(0), "GET / HTTP/1.1\r\nHost: peer:80\r\nAccept-Encoding: identity\r\n\r\n");
    EXPECT_TRUE(spans.spans().empty());
}

}  // namespace
}  // namespace tw::http
