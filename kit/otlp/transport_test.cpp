#include "kit/async/run.hpp"
#include "kit/otlp/export_response.hpp"
#include "kit/otlp/grpc_transport.hpp"
#include "kit/otlp/gzip.hpp"
#include "kit/otlp/http_transport.hpp"
#include "kit/otlp/text_transport.hpp"
#include "kit/rpc/make_channel.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/memory_stream.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <filesystem>
#include <fstream>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;
using telemetry::Signal;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Kind = SendOutcome::Kind;

std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

std::string trace_request() {
    ExportTraceServiceRequest request;
    auto& span = *request.add_resource_spans()->add_scope_spans()->add_spans();
    span.set_trace_id(std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\xff", 16));
    span.set_span_id(std::string("\xab\xcd\xef\x01\x02\x03\x04\x05", 8));
    span.set_name("work");
    span.set_kind(opentelemetry::proto::trace::v1::Span::SPAN_KIND_SERVER);
    span.set_start_time_unix_nano(1'767'225'600'000'000'000);
    auto& attribute = *span.add_attributes();
    attribute.set_key("count");
    attribute.mutable_value()->set_int_value(7);
    return request.SerializeAsString();
}

std::string response(int status, const std::string& body = {}, const std::string& fields = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
           "\r\n" + body;
}

class HttpTransportTest : public testing::Test {
 protected:
    /// Sends the request to a server that answers so; keeps what the server got.
    SendOutcome send(std::string answer, Signal signal = Signal::traces, std::string request = trace_request()) {
        auto pair = test::MemoryStream::make_pair(loop);
        std::unique_ptr<net::Stream> ours = std::move(pair.first);
        http::Client::Connector connector = [&ours](const CallContext&) { return give(ours); };
        auto client = std::make_unique<http::Client>("collector:4318", http::ClientOptions{}, std::move(connector));
        HttpTransport transport{std::move(client), "/v1/traces", settings, clock};
        Gate gate;
        spawn(gate, serve(*pair.second, std::move(answer), received));
        const auto outcome = run_until_done(loop, transport.send(call.context(), signal, request));
        run_until_done(loop, close_and_wait(gate));
        return outcome;
    }
    std::string body() const { return received.substr(received.find("\r\n\r\n") + 4); }

    static Task<Result<std::unique_ptr<net::Stream>>> give(std::unique_ptr<net::Stream>& stream) { co_return std::move(stream); }

    static Task<void> serve(test::MemoryStream& stream, std::string answer, std::string& received) {
        std::vector<char> chunk(1 << 16);
        // One read has it all, since one write had.
        const std::span<char> into{chunk};
        const auto count = co_await stream.read_some(into);
        received.assign(chunk.data(), count ? *count : 0);
        const std::span<const char> bytes{answer.data(), answer.size()};
        static_cast<void>(co_await stream.write_all(bytes));
    }

    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), 5s)};
    test::FakeClock clock;
    SignalExport settings;
    std::string received;
};

TEST_F(HttpTransportTest, ProtobufIsPostedAsItIs) {
    settings.headers.emplace_back("api-key", Secret{"s3cret"});
    EXPECT_EQ(send(response(200)).kind, Kind::accepted);
    EXPECT_THAT(received, StartsWith("POST /v1/traces HTTP/1.1\r\nHost: collector:4318\r\n"));
    EXPECT_THAT(received, HasSubstr("Content-Type: application/x-protobuf\r\n"));
    EXPECT_THAT(received, HasSubstr("api-key: s3cret\r\n"));
    EXPECT_THAT(received, Not(HasSubstr("Content-Encoding")));
    EXPECT_EQ(body(), trace_request());
}

TEST_F(HttpTransportTest, GzipIsSaidAndDone) {
    settings.gzip = true;
    EXPECT_EQ(send(response(200)).kind, Kind::accepted);
    EXPECT_THAT(received, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_EQ(gunzip(body()), trace_request());
}

TEST_F(HttpTransportTest, JsonHasHexadecimalIdsNumbersForNamesAndStringsForLongNumbers) {
    settings.protocol = Protocol::http_json;
    EXPECT_EQ(send(response(200, "{}")).kind, Kind::accepted);
    EXPECT_THAT(received, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_EQ(body(), R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0fff",)"
                      R"("spanId":"abcdef0102030405","name":"work","kind":2,"startTimeUnixNano":"1767225600000000000",)"
                      R"("attributes":[{"key":"count","value":{"intValue":"7"}}]}]}]}]})");
}

TEST_F(HttpTransportTest, APartialSuccessIsReadInBothForms) {
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

TEST_F(HttpTransportTest, AnAnswerThatCannotBeReadStillMeansAccepted) {
    EXPECT_EQ(send(response(200, "\xff\xff\xff")).kind, Kind::accepted);
    settings.protocol = Protocol::http_json;
    EXPECT_EQ(send(response(202, "<html>")).kind, Kind::accepted);
}

TEST_F(HttpTransportTest, StatusesSayWhetherToComeAgainAndWhen) {
    for (const int status : {429, 502, 503, 504}) EXPECT_EQ(send(response(status)).kind, Kind::again) << status;
    for (const int status : {301, 400, 401, 404, 413, 500}) EXPECT_EQ(send(response(status)).kind, Kind::refused) << status;
    EXPECT_EQ(send(response(503, "", "Retry-After: 7\r\n")).retry_after, 7s);
    EXPECT_EQ(send(response(503)).retry_after, std::nullopt);
}

TEST_F(HttpTransportTest, ARefusalSaysWhatTheReceiverSaid) {
    const std::string status(
        "\x08\x03\x12\x07"
        "no span",
        11);
    EXPECT_THAT(send(response(400, status)).message, HasSubstr("collector:4318 answered 400: no span"));
    EXPECT_THAT(send(response(400, "plain text")).message, HasSubstr("answered 400"));
}

TEST_F(HttpTransportTest, AConnectionThatBreaksIsWorthAnotherAttempt) {
    const auto outcome = send("");
    EXPECT_EQ(outcome.kind, Kind::again);
    EXPECT_THAT(outcome.message, HasSubstr("collector:4318"));
}

TEST_F(HttpTransportTest, HttpsIsRefusedAtTheStart) {
    settings.endpoint = "https://collector:4318/v1/traces";
    const auto made = HttpTransport::make(loop, settings, clock);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Code::unimplemented);
}

TEST(ExportResponse, NoInputIsReadBeyondItsEnd) {
    ExportTraceServiceResponse partial;
    partial.mutable_partial_success()->set_rejected_spans(1'000'000);
    partial.mutable_partial_success()->set_error_message("message");
    const auto whole = partial.SerializeAsString();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto outcome = decode_export_response(std::string{whole.substr(0, size)});
        EXPECT_EQ(outcome.rejected, 0U) << size;
    }
}

/// The collector's service, by hand: bytes in, bytes out.
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
    std::string answer;
    std::optional<Error> refusal;

 private:
    static Task<Result<void>> take(rpc::Service& service, const CallContext&, std::string_view request, std::string& response) {
        auto& self = static_cast<TraceService&>(service);
        self.received = request;
        response = self.answer;
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
    test::QuietTelemetry quiet;
    SignalExport settings;
    TraceService service;

 private:
    Task<SendOutcome> send_to(rpc::Server& server, Signal signal, const std::string& request) {
        rpc::Connector connector = [this, &server](const CallContext&) { return connect(server); };
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

TEST_F(GrpcTransportTest, TheBytesArriveAsTheyAre) {
    ExportTraceServiceResponse partial;
    partial.mutable_partial_success()->set_rejected_spans(2);
    service.answer = partial.SerializeAsString();
    const auto outcome = send();
    EXPECT_EQ(outcome.kind, Kind::accepted) << outcome.message;
    EXPECT_EQ(outcome.rejected, 2U);
    EXPECT_EQ(service.received, trace_request());
}

TEST_F(GrpcTransportTest, StatusesSayWhetherToComeAgainAndWhen) {
    service.refusal = unavailable("busy").with_retry_after(3s);
    const auto busy = send();
    EXPECT_EQ(busy.kind, Kind::again);
    EXPECT_EQ(busy.retry_after, 3s);
    service.refusal = Error{Code::resource_exhausted, "FULL", "full"};
    EXPECT_EQ(send().kind, Kind::refused);
    service.refusal = Error{Code::invalid_argument, "BAD", "bad"};
    EXPECT_THAT(send().message, HasSubstr("INVALID_ARGUMENT: bad"));
}

TEST_F(GrpcTransportTest, ASignalThatTheReceiverDoesNotKnowIsRefused) { EXPECT_EQ(send(Signal::logs).kind, Kind::refused); }

TEST_F(GrpcTransportTest, CompressedRequestsSaySo) {
    // Our own server knows no compression, and answers so to a request that is marked.
    settings.gzip = true;
    EXPECT_THAT(send().message, HasSubstr("UNIMPLEMENTED"));
}

TEST(TextTransport, AFileHasOneLineARequest) {
    const auto path = std::filesystem::temp_directory_path() / ("otlp_" + std::to_string(::getpid()) + ".jsonl");
    EventLoop loop;
    RootCall call{loop};
    {
        const auto transport = TextTransport::to_file(path).value();
        const auto request = trace_request();
        for (int i = 0; i < 2; ++i) {
            const auto outcome = run_until_done(loop, transport->send(call.context(), Signal::traces, request));
            EXPECT_EQ(outcome.kind, Kind::accepted);
        }
    }
    std::ifstream file{path};
    std::string line;
    int lines = 0;
    while (std::getline(file, line)) {
        ++lines;
        EXPECT_THAT(line, StartsWith(R"({"resourceSpans":[)"));
    }
    EXPECT_EQ(lines, 2);
    std::filesystem::remove(path);
    EXPECT_FALSE(TextTransport::to_file("/nowhere/at/all"));
}

TEST(Gzip, IsReadByOthers) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += std::to_string(i);
    const auto packed = gzip(text);
    EXPECT_LT(packed.size(), text.size() / 2);
    EXPECT_EQ(gunzip(packed), text);
    EXPECT_EQ(gunzip(gzip("")), "");
}

}  // namespace
}  // namespace tw::otlp
