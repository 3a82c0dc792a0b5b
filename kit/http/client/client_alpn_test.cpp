#include "kit/async/combine.hpp"
#include "kit/base/gzip.hpp"
#include "kit/http/client.hpp"
#include "kit/http/server.hpp"
#include "kit/net/tls_fixture.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;

/// The client and the kit's own server, over TLS, in one loop.
class ClientAlpnTest : public testing::Test {
 protected:
    ~ClientAlpnTest() override {
        client.reset();
        run_until_done(loop, server->drain(Deadline::after(loop.now(), 5s)));
        run_until_done(loop, close_and_wait(gate));
        net::test::settle(loop);
    }
    void connect(std::vector<std::string> theirs) {
        const auto keys = files.issue("server", {"localhost"});
        accepting = net::TlsContext::make_server({.identities = {keys}, .alpn = std::move(theirs)}).value();
        options.tls = net::TlsContext::make_client({.ca = files.ca(), .alpn = {"h2", "http/1.1"}}).value();
        securing.emplace(options.tls, net::TlsTarget{.host = "localhost"});
        client =
            std::make_unique<Client>(loop, "localhost:443", options, [this](const CallContext& ctx) { return shake_hands(ctx); });
    }
    std::vector<Result<ClientResponse>> send_all(std::size_t count, const ClientRequest& request = {}) {
        std::vector<Task<Result<ClientResponse>>> sends;
        for (std::size_t i = 0; i < count; ++i) sends.push_back(client->send(call.context(), request));
        return run_until_done(loop, all(std::move(sends)));
    }

    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), 20s)};
    net::test::CertificateFolder files;
    ClientOptions options;
    std::unique_ptr<Client> client;
    int connections = 0;
    Response answer{.body = "{}"};

 private:
    Task<Result<std::unique_ptr<net::Stream>>> shake_hands(const CallContext& ctx) {
        ++connections;
        auto pair = net::test::make_socket_pair(loop);
        spawn(gate, accept(std::move(pair.server)));
        return securing->secure(ctx, std::move(pair.client));
    }
    Task<void> accept(std::unique_ptr<net::Stream> stream) {
        auto secured = co_await net::accept_tls(call.context(), *accepting, std::move(stream));
        if (secured) server->serve_stream(std::move(*secured));
    }
    Task<Response> respond() { co_return answer; }

    tw::test::QuietTelemetry telemetry;
    std::unique_ptr<Server> server =
        make_server(loop, {}, telemetry.get(), [this](const CallContext&, const Request&) { return respond(); }, false);
    std::shared_ptr<net::TlsContext> accepting;
    std::optional<net::TlsClient> securing;
    Gate gate;
};

TEST_F(ClientAlpnTest, where_both_speak_http2_the_first_requests_share_one_connection) {
    connect({"h2", "http/1.1"});
    for (const auto& response : send_all(10)) {
        ASSERT_TRUE(response) << response.error().cause();
        EXPECT_EQ(response->version, Version::http_2);
    }
    EXPECT_EQ(connections, 1);
}

TEST_F(ClientAlpnTest, where_the_server_speaks_http11_each_request_has_a_connection) {
    options.connections_max = 4;
    connect({"http/1.1"});
    for (const auto& response : send_all(10)) {
        ASSERT_TRUE(response) << response.error().cause();
        EXPECT_EQ(response->version, Version::http_1_1);
    }
    EXPECT_GT(connections, 1);
    EXPECT_LE(connections, 4);
}

TEST_F(ClientAlpnTest, what_was_settled_counts_more_than_what_was_known_before) {
    options.http2_prior_knowledge = true;
    connect({"http/1.1"});
    const auto response = send_all(1).front();
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_EQ(response->version, Version::http_1_1);
}

TEST_F(ClientAlpnTest, gzip_that_was_asked_for_is_unpacked_within_the_limit) {
    options.accept_gzip = true;
    options.body_bytes_max = 1'000'000;
    connect({"h2"});
    const std::string text(900'000, 'x');
    answer.headers.add("content-encoding", "gzip");
    answer.body = gzip(text);
    const auto response = send_all(1).front();
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_TRUE(response->body == text);
    EXPECT_EQ(response->headers.find("content-encoding"), std::nullopt);
    EXPECT_EQ(response->headers.find("content-length"), std::nullopt);
}

TEST_F(ClientAlpnTest, a_gzip_bomb_is_refused) {
    options.accept_gzip = true;
    options.body_bytes_max = 1'000'000;
    connect({"h2"});
    answer.headers.add("content-encoding", "gzip");
    answer.body = gzip(std::string(100'000'000, 'x'));
    ASSERT_LT(answer.body.size(), options.body_bytes_max);
    const auto response = send_all(1).front();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().reason(), "RESPONSE_TOO_LARGE");
    answer.body = "no gzip";
    EXPECT_EQ(send_all(1).front().error().reason(), "MALFORMED_RESPONSE");
}

TEST_F(ClientAlpnTest, gzip_that_nobody_asked_for_is_handed_over_as_it_came) {
    connect({"h2"});
    answer.headers.add("content-encoding", "gzip");
    answer.body = gzip("text");
    const auto response = send_all(1).front();
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_EQ(response->headers.find("content-encoding"), "gzip");
    EXPECT_EQ(response->body, answer.body);
}

}  // namespace
}  // namespace tw::http
