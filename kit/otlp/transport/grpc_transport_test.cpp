#include "kit/otlp/transport/grpc_transport.hpp"

#include "kit/async/run.hpp"
#include "kit/otlp/trace_request_fixture.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <optional>
#include <sys/socket.h>

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using telemetry::Signal;
using test::trace_request;
using testing::HasSubstr;
using Kind = SendOutcome::Kind;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;

/// A hand-written service of the collector, which takes and returns bytes.
class TraceService final : public rpc::Service {
 public:
    static constexpr rpc::Method kMethod{"/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                                         "opentelemetry.proto.collector.trace.v1.TraceService",
                                         "Export",
                                         rpc::Shape::unary,
                                         rpc::Idempotency::none,
                                         10s,
                                         {},
                                         [] -> const rpc::Message& { return google::protobuf::Empty::default_instance(); },
                                         [] -> const rpc::Message& { return google::protobuf::Empty::default_instance(); },
                                         nullptr};
    std::string_view service_name() const override { return kMethod.service; }
    std::span<const rpc::Handler> handlers() const override { return {&kHandler, 1}; }

    std::string received;
    bool packed = false;
    std::string answer;
    std::optional<Error> refusal;

 private:
    static Task<Result<void>> take(rpc::Service& service, const CallContext& ctx, std::string_view request,
                                   std::string& response) {
        auto& self = static_cast<TraceService&>(service);
        self.received = request;
        self.packed = rpc::served(ctx)->read_compressed;
        response += self.answer;
        if (self.refusal) co_return *self.refusal;
        co_return Result<void>{};
    }
    static constexpr rpc::Handler kHandler{&kMethod, take, nullptr, nullptr};
};

class GrpcTransportTest : public testing::Test {
 protected:
    SendOutcome send(Signal signal = Signal::traces) {
        rpc::ServiceTable services;
        services.add(service, quiet.get());
        const auto server = rpc::make_server(loop, services, {});
        const auto request = trace_request();
        auto outcome = run_until_done(loop, send_to(*server, signal, request));
        run_until_done(loop, server->drain(Deadline::after(loop.now(), 1s)));
        return outcome;
    }

    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), 5s)};
    tw::test::QuietTelemetry quiet;
    SignalExport settings{.endpoint = "http://collector:4317"};
    TraceService service;
    static Task<Result<std::unique_ptr<net::Stream>>> refuse_tls() {
        co_return unavailable("TLS connection failed with collector:4317").with_cause("the peer does not speak TLS");
    }

 private:
    Task<SendOutcome> send_to(rpc::Server& server, Signal signal, const std::string& request) {
        net::Connector connector = [this, &server](const CallContext&) { return connect(server); };
        GrpcTransport transport{loop, "collector:4317", settings, std::move(connector)};
        co_return co_await transport.send(call.context(), signal, request);
    }
    Task<Result<std::unique_ptr<net::Stream>>> connect(rpc::Server& server) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        server.serve(net::Socket{ends[0], {"there", 1}});
        co_return net::make_tcp_stream(loop, net::Socket{ends[1], {"here", 2}});
    }
};

TEST_F(GrpcTransportTest, the_bytes_arrive_as_they_are) {
    ExportTraceServiceResponse partial;
    partial.mutable_partial_success()->set_rejected_spans(2);
    service.answer = partial.SerializeAsString();
    const auto outcome = send();
    EXPECT_EQ(outcome.kind, Kind::accepted) << outcome.message;
    EXPECT_EQ(outcome.rejected, 2U);
    EXPECT_EQ(service.received, trace_request());
}

TEST_F(GrpcTransportTest, statuses_say_whether_to_come_again_and_when) {
    service.refusal = unavailable("busy").with_retry_after(3s);
    const auto busy = send();
    EXPECT_EQ(busy.kind, Kind::again);
    EXPECT_EQ(busy.retry_after, 3s);
    service.refusal = Error{Code::resource_exhausted, "FULL", "full"};
    EXPECT_EQ(send().kind, Kind::refused);
    service.refusal = Error{Code::invalid_argument, "BAD", "bad"};
    EXPECT_THAT(send().message, HasSubstr("http://collector:4317: INVALID_ARGUMENT: bad"));
}

TEST_F(GrpcTransportTest, a_signal_that_the_receiver_does_not_know_is_refused) {
    EXPECT_EQ(send(Signal::logs).kind, Kind::refused);
}

TEST_F(GrpcTransportTest, an_answer_that_is_no_export_response_means_that_nothing_was_exported) {
    service.answer = "<html>";
    const auto outcome = send();
    EXPECT_EQ(outcome.kind, Kind::refused);
    EXPECT_THAT(outcome.message, HasSubstr("http://collector:4317: the answer is no OTLP response"));
}

TEST_F(GrpcTransportTest, a_receiver_in_the_clear_is_named_with_the_remedy_where_the_endpoint_has_no_scheme) {
    settings =
        parse({{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}).settings.traces;
    net::Connector connector = [](const CallContext&) { return refuse_tls(); };
    GrpcTransport transport{loop, "collector:4317", settings, std::move(connector)};
    const auto request = trace_request();
    const auto outcome = run_until_done(loop, transport.send(call.context(), Signal::traces, request));
    EXPECT_EQ(outcome.kind, Kind::again);
    EXPECT_THAT(outcome.message, HasSubstr("https://collector:4317: "));
    EXPECT_THAT(outcome.message, HasSubstr("the peer does not speak TLS"));
    EXPECT_THAT(outcome.message, HasSubstr("write http:// before it, or set OTEL_EXPORTER_OTLP_INSECURE=true"));
}

TEST_F(GrpcTransportTest, requests_are_packed_where_that_is_asked_for) {
    EXPECT_EQ(send().kind, Kind::accepted);
    EXPECT_FALSE(service.packed);
    settings.gzip = true;
    EXPECT_EQ(send().kind, Kind::accepted);
    EXPECT_TRUE(service.packed);
    EXPECT_EQ(service.received, trace_request());
}

}  // namespace
}  // namespace tw::otlp
