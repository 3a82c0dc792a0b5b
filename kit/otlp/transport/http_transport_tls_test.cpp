#include "kit/async/sleep.hpp"
#include "kit/http/server.hpp"
#include "kit/net/tls_fixture.hpp"
#include "kit/otlp/trace_request_fixture.hpp"
#include "kit/otlp/transport/http_transport.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using telemetry::Signal;
using test::trace_request;
using Kind = SendOutcome::Kind;

/// A receiver on a loopback port, over TLS, in the transport's own loop.
class HttpTransportTlsTest : public testing::Test {
 protected:
    HttpTransportTlsTest() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener, generic, size), 0);
        EXPECT_EQ(::listen(listener, 8), 0);
        EXPECT_EQ(::getsockname(listener, generic, &size), 0);
        settings.endpoint = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/v1/traces";
        settings.certificate = files.ca();
    }
    ~HttpTransportTlsTest() override {
        stop.scope().cancel(cancelled());
        run_until_done(loop, close_and_wait(gate));
        run_until_done(loop, server->drain(Deadline::after(loop.now(), 5s)));
        net::test::settle(loop);
        ::close(listener);
    }
    void serve(std::vector<std::string> alpn) {
        const auto keys = files.issue("receiver", {"127.0.0.1"});
        accepting = net::TlsContext::make_server({.identities = {keys}, .alpn = std::move(alpn)}).value();
        loop.post([this] { spawn(gate, accept()); });
    }
    /// Exports twice, one after the other.
    std::vector<SendOutcome> send_twice() {
        const auto transport = HttpTransport::make(loop, settings, clock).value();
        const auto request = trace_request();
        std::vector<SendOutcome> outcomes;
        for (int i = 0; i < 2; ++i) {
            outcomes.push_back(run_until_done(loop, transport->send(call.context(), Signal::traces, request)));
        }
        return outcomes;
    }

    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), 20s)};
    net::test::CertificateFolder files;
    tw::test::FakeClock clock;
    SignalExport settings;
    std::vector<http::Request> received;
    int connections = 0;

 private:
    Task<void> accept() {
        while (true) {
            const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket >= 0) {
                ++connections;
                spawn(gate, shake_hands(net::make_tcp_stream(loop, net::Socket{socket, {"client", 1}})));
            } else if (!co_await sleep_for(stop.context(), 2ms)) {
                co_return;
            }
        }
    }
    Task<void> shake_hands(std::unique_ptr<net::Stream> stream) {
        auto secured = co_await net::accept_tls(stop.context(), *accepting, std::move(stream));
        if (secured) server->serve_stream(std::move(*secured));
    }
    Task<http::Response> take(http::Request request) {
        received.push_back(std::move(request));
        co_return http::Response{.content_type = "application/x-protobuf"};
    }

    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    RootCall stop{loop};
    tw::test::QuietTelemetry telemetry;
    std::unique_ptr<http::Server> server = http::make_server(
        loop, {}, telemetry.get(), [this](const CallContext&, const http::Request& request) { return take(request); }, false);
    std::shared_ptr<net::TlsContext> accepting;
    Gate gate;
};

TEST_F(HttpTransportTlsTest, a_receiver_that_speaks_http2_gets_http2) {
    serve({"h2", "http/1.1"});
    for (const auto& outcome : send_twice()) EXPECT_EQ(outcome.kind, Kind::accepted) << outcome.message;
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(received[1].version, http::Version::http_2);
    EXPECT_EQ(received[1].path, "/v1/traces");
    EXPECT_EQ(received[1].headers.find("content-type"), "application/x-protobuf");
    EXPECT_EQ(received[1].headers.find("user-agent"), "tw-otlp-exporter");
    EXPECT_EQ(received[1].body, trace_request());
    EXPECT_EQ(connections, 1);
}

TEST_F(HttpTransportTlsTest, a_receiver_that_does_not_gets_http11) {
    serve({"http/1.1"});
    for (const auto& outcome : send_twice()) EXPECT_EQ(outcome.kind, Kind::accepted) << outcome.message;
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(received[1].version, http::Version::http_1_1);
    EXPECT_EQ(connections, 1);
}

}  // namespace
}  // namespace tw::otlp
