#include "gateway_sample.tw.hpp"
#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/base/gzip.hpp"
#include "kit/gateway/standard/standard_services.hpp"
#include "kit/http/server.hpp"
#include "kit/net/h2_connection.hpp"
#include "kit/rpc/message_decoder.hpp"
#include "kit/rpc/unary_exchange.hpp"
#include "kit/testing/memory_stream.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <deque>
#include <grpc/health/v1/health.pb.h>
#include <grpc/reflection/v1/reflection.pb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests of health and reflection on the HTTP port by HTTP/2, where clients keep their side of the
// call open.
namespace tw::gateway {
namespace {

using namespace std::chrono_literals;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kCheck = "/grpc.health.v1.Health/Check";
constexpr std::string_view kWatch = "/grpc.health.v1.Health/Watch";
constexpr std::string_view kReflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

/// A client's call. It records what it receives.
class OpenCall final : public net::H2Stream {
 public:
    std::string fields;
    std::string data;
    std::optional<net::H2Code> closed;
    /// If true, data that arrives does not enlarge the flow-control window.
    bool pauses = false;

    void write(std::string_view frames) {
        outgoing() += frames;
        send_queued();
    }
    template <class Message>
    std::vector<Message> messages() const {
        std::vector<Message> found;
        rpc::MessageDecoder decoder{64 << 20};
        decoder.append(data);
        for (auto next = decoder.next(); next && *next; next = decoder.next())
            found.emplace_back().ParseFromString(std::string{**next});
        return found;
    }

 private:
    void on_field(std::string_view name, std::string_view value) override {
        fields.append(name).append("=").append(value).append(";");
    }
    void on_fields_end() override {}
    void on_data(std::string_view bytes) override {
        data += bytes;
        if (!pauses) consume(bytes.size());
    }
    void on_end() override {}
    void on_close(net::H2Code code) override { closed = code; }
};

std::string health_of(std::string service) {
    HealthCheckRequest request;
    request.set_service(std::move(service));
    return rpc::frame_message(request);
}
std::string file_of(std::string symbol) {
    ServerReflectionRequest request;
    request.set_file_containing_symbol(std::move(symbol));
    return rpc::frame_message(request);
}

class StandardStreamsTest : public testing::Test {
 protected:
    using Fields = std::vector<net::H2Field>;

    ~StandardStreamsTest() override {
        if (connection_) connection_->close();
        if (server_) run_until_done(loop, server_->drain(Deadline::after(loop.now(), 1s)));
        run_until_done(loop, close_and_wait(clients_));
        settle();
    }

    StandardServices& services() {
        if (!services_) {
            services_.emplace(
                loop, telemetry_.get(), std::vector<std::string_view>{"sample.UserService"}, [this] { return ready; }, options);
        }
        return *services_;
    }
    http::Server& server() {
        if (!server_) {
            // The status shows that the handler got the request.
            const auto teapot = [](const CallContext&, const http::Request&) -> Task<http::Response> {
                co_return http::Response{.status = 418};
            };
            server_ = http::make_server(loop, limits, telemetry_.get(), teapot, true, {}, {.streams = &services()});
        }
        return *server_;
    }
    net::H2Session& session() {
        if (!connection_) {
            auto pair = tw::test::MemoryStream::make_pair(loop, {"192.0.2.7", 4711});
            server().serve_stream(std::move(pair.second));
            connection_.emplace(loop, std::move(pair.first), net::H2Session::Side::client, client_limits, events_);
            const auto drive = [](net::H2Connection& driven) -> Task<void> { static_cast<void>(co_await driven.run()); };
            loop.post([this, drive] { spawn(clients_, drive(*connection_)); });
            settle();
        }
        return connection_->session();
    }
    /// Makes a call whose client keeps its side open.
    OpenCall& open(std::string_view path, std::string frames = {}, Fields more = {}, std::string_view type = "application/grpc") {
        auto& call = calls_.emplace_back();
        call.outgoing() = std::move(frames);
        Fields fields{{":method", "POST"},         {":scheme", "http"}, {":path", path},
                      {":authority", "localhost"}, {"te", "trailers"},  {"content-type", type}};
        fields.insert(fields.end(), more.begin(), more.end());
        EXPECT_TRUE(session().request(call, fields, false));
        settle();
        return call;
    }
    /// Runs everything that is ready.
    void settle() {
        run_until_done(loop, [](EventLoop& loop) -> Task<void> {
            for (int turn = 0; turn < 100; ++turn) co_await hop_to(loop);
        }(loop));
    }
    /// Waits until `condition` is true, for ten seconds at most.
    void await(const std::function<bool()>& condition) {
        run_until_done(loop, [](EventLoop& loop, const std::function<bool()>& condition) -> Task<void> {
            const auto end = loop.now() + 10s;
            while (!condition() && loop.now() < end) co_await hop_to(loop);
        }(loop, condition));
        EXPECT_TRUE(condition());
    }
    static std::vector<int> statuses(const OpenCall& call) {
        std::vector<int> all;
        for (const auto& told : call.messages<HealthCheckResponse>()) all.push_back(told.status());
        return all;
    }

    test::QuietTelemetry telemetry_;
    EventLoop loop;
    bool ready = true;
    http::ServerLimits limits;
    net::H2Limits client_limits;
    StandardServices::Options options;

 private:
    std::optional<StandardServices> services_;
    std::unique_ptr<http::Server> server_;
    net::H2Events events_;
    std::deque<OpenCall> calls_;
    std::optional<net::H2Connection> connection_;
    Gate clients_;
};

TEST_F(StandardStreamsTest, reflection_answers_one_question_after_the_other) {
    auto& call = open(kReflection, file_of("sample.UserService"));
    ASSERT_EQ(call.messages<ServerReflectionResponse>().size(), 1u);
    EXPECT_THAT(call.fields, AllOf(HasSubstr(":status=200;"), HasSubstr("content-type=application/grpc;")));
    call.write(file_of("grpc.health.v1.Health"));
    settle();
    call.write(file_of("google.rpc.Status"));
    settle();
    const auto told = call.messages<ServerReflectionResponse>();
    ASSERT_EQ(told.size(), 3u);
    EXPECT_GT(told[1].file_descriptor_response().file_descriptor_proto_size(), 0);
    EXPECT_EQ(told[2].error_response().error_code(), 5) << "what no service here uses";
    EXPECT_FALSE(call.closed);
    call.finish();
    settle();
    EXPECT_TRUE(call.closed);
    EXPECT_THAT(call.fields, HasSubstr("grpc-status=0;"));
}

TEST_F(StandardStreamsTest, watch_tells_changes_until_the_drain) {
    options.limits.header_time_max = 1ms;
    auto& call = open(kWatch, health_of("sample.UserService"));
    call.finish();
    settle();
    EXPECT_EQ(statuses(call), (std::vector<int>{HealthCheckResponse::SERVING}));
    ready = false;
    await([&] { return statuses(call).size() == 2; });
    ready = true;
    await([&] { return statuses(call).size() == 3; });
    EXPECT_FALSE(call.closed);
    EXPECT_EQ(services().running(), 1u);
    services().on_drain();
    settle();
    EXPECT_EQ(statuses(call), (std::vector<int>{HealthCheckResponse::SERVING, HealthCheckResponse::NOT_SERVING,
                                                HealthCheckResponse::SERVING, HealthCheckResponse::NOT_SERVING}));
    EXPECT_THAT(call.fields, HasSubstr("grpc-status=0;"));
    EXPECT_EQ(services().running(), 0u);
}

TEST_F(StandardStreamsTest, check_answers) {
    auto& call = open(kCheck, health_of(""));
    call.finish();
    settle();
    EXPECT_EQ(statuses(call), (std::vector<int>{HealthCheckResponse::SERVING}));
    EXPECT_THAT(call.fields, HasSubstr("grpc-status=0;"));
    auto& unknown = open(kCheck, health_of("nobody"));
    unknown.finish();
    settle();
    EXPECT_THAT(unknown.fields, HasSubstr("grpc-status=5;"));
}

TEST_F(StandardStreamsTest, a_drain_ends_watches_and_questions_and_takes_no_time) {
    auto& watch = open(kWatch, health_of(""));
    watch.finish();
    auto& questions = open(kReflection, file_of("sample.UserService"));
    services().on_drain();
    const auto begun = loop.now();
    run_until_done(loop, server().drain(Deadline::after(loop.now(), 10s)));
    EXPECT_LT(loop.now() - begun, 9s);
    EXPECT_TRUE(watch.closed && questions.closed);
    EXPECT_THAT(watch.fields, HasSubstr("grpc-status=0;"));
}

TEST_F(StandardStreamsTest, a_call_that_its_client_gives_up_leaves_nothing_behind) {
    auto& watch = open(kWatch, health_of(""));
    watch.finish();
    auto& questions = open(kReflection);
    settle();
    EXPECT_EQ(services().running(), 2u);
    watch.reset(net::H2Code::cancel);
    questions.reset(net::H2Code::cancel);
    settle();
    EXPECT_EQ(services().running(), 0u);
}

TEST_F(StandardStreamsTest, the_callers_deadline_ends_a_call) {
    auto& call = open(kReflection, file_of("sample.UserService"), {{"grpc-timeout", "20m"}});
    EXPECT_EQ(call.messages<ServerReflectionResponse>().size(), 1u);
    await([&] { return call.closed.has_value(); });
    EXPECT_THAT(call.fields, HasSubstr("grpc-status=4;"));
    EXPECT_EQ(services().running(), 0u);
}

TEST_F(StandardStreamsTest, an_open_call_has_no_deadline_of_a_request) {
    limits.request_time_max = limits.header_time_max = 20ms;
    auto& call = open(kReflection);
    const auto end = loop.now() + 100ms;
    await([&] { return loop.now() >= end; });
    call.write(file_of("sample.UserService"));
    settle();
    EXPECT_EQ(call.messages<ServerReflectionResponse>().size(), 1u);
    EXPECT_FALSE(call.closed);
}

TEST_F(StandardStreamsTest, a_message_beyond_the_limit_is_refused_at_its_head) {
    auto& call = open(kReflection, std::string{"\0\0\1\0\1", 5});
    EXPECT_TRUE(call.closed);
    EXPECT_THAT(call.fields, HasSubstr("grpc-status=8;"));
}

TEST_F(StandardStreamsTest, a_message_that_unpacks_beyond_the_limit_is_refused) {
    const auto packed = gzip(std::string(65 * 1024, 'x'));
    std::string frame{"\1\0\0", 3};
    frame += {static_cast<char>(packed.size() >> 8), static_cast<char>(packed.size())};
    auto& call = open(kReflection, frame + packed, {{"grpc-encoding", "gzip"}});
    EXPECT_TRUE(call.closed);
    EXPECT_THAT(call.fields, HasSubstr("grpc-status=8;"));
}

TEST_F(StandardStreamsTest, too_much_metadata_is_refused) {
    options.limits.metadata_bytes_max = 1024;
    const std::string much(1024, 'x');
    EXPECT_THAT(open(kReflection, "", {{"x-much", much}}).fields, AllOf(HasSubstr("grpc-status=8;"), HasSubstr("1024")));
}

TEST_F(StandardStreamsTest, who_does_not_read_is_asked_for_no_more_and_fills_no_memory) {
    client_limits.stream_window_bytes = 0;
    auto& call = open(kReflection);
    const auto question = file_of("sample.UserService");
    std::string questions;
    while (questions.size() < 1024 * 1024) questions += question;
    call.write(questions);
    for (int i = 0; i < 20; ++i) settle();
    EXPECT_EQ(call.data, "");
    EXPECT_GT(call.queued_bytes(), 512u * 1024) << "the server reads on only as its answers are taken";
}

TEST_F(StandardStreamsTest, what_is_none_of_these_services_goes_to_the_handler) {
    for (const auto& [path, type] :
         {std::pair<std::string_view, std::string_view>{"/sample.UserService/GetUser", "application/grpc"},
          {kWatch, "application/grpc-web+proto"},
          {kCheck, "application/json"}}) {
        auto& call = open(path, health_of(""), {}, type);
        EXPECT_EQ(call.fields, "") << "bodies are read whole: " << path;
        call.finish();
        settle();
        EXPECT_THAT(call.fields, HasSubstr(":status=418;")) << path << " " << type;
    }
    auto& page = open(kCheck, health_of(""), {{"origin", "https://shop.example"}});
    page.finish();
    settle();
    EXPECT_THAT(page.fields, HasSubstr(":status=418;")) << "a browser's page needs leave to read the answer";
}

TEST_F(StandardStreamsTest, methods_that_there_are_not_are_refused_at_their_head) {
    for (const auto* path : {"/grpc.health.v1.Health/Ask", "/grpc.reflection.v2.ServerReflection/ServerReflectionInfo"}) {
        auto& call = open(path);
        EXPECT_TRUE(call.closed) << path;
        EXPECT_THAT(call.fields, HasSubstr("grpc-status=12;")) << path;
    }
}

TEST_F(StandardStreamsTest, open_calls_are_bounded_in_all_and_by_client_and_checks_are_not) {
    options.streams_max = {.connections_max = 3, .connections_per_address_max = 2};
    auto& first = open(kReflection);
    open(kReflection);
    EXPECT_THAT(open(kReflection).fields, AllOf(HasSubstr("grpc-status=8;"), HasSubstr("open streaming calls")));
    auto& check = open(kCheck, health_of(""));
    check.finish();
    settle();
    EXPECT_THAT(check.fields, HasSubstr("grpc-status=0;"));
    first.finish();
    settle();
    EXPECT_FALSE(open(kReflection).closed) << "who goes makes room";
}

TEST_F(StandardStreamsTest, one_client_may_have_all_open_calls_where_it_has_no_bound) {
    options.streams_max = {.connections_max = 3, .connections_per_address_max = 0};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(open(kReflection).closed);
    EXPECT_THAT(open(kReflection).fields, HasSubstr("grpc-status=8;"));
}

}  // namespace
}  // namespace tw::gateway
