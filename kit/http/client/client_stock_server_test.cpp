#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/http/client.hpp"
#include "kit/net/tls_fixture.hpp"
#include "kit/testing/child_process.hpp"
#include "kit/testing/fault_proxy.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Tests the client with other servers: nghttp2's for HTTP/2, Python's for HTTP/1.1 and 1.0.
namespace tw::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// A program that serves on loopback until it is destroyed, and the file that it writes to.
class StockServer {
 public:
    StockServer(const std::vector<std::string>& command, std::uint16_t port, std::string output)
        : output_{std::move(output)}, child_{tw::test::start_child(command, output_)} {
        if (!std::filesystem::exists(command.front())) throw std::runtime_error{"./dev setup test installs " + command.front()};
        for (int i = 0; i < 1'000 && !answers(port); ++i) std::this_thread::sleep_for(10ms);
    }
    ~StockServer() { tw::test::end_child(child_, SIGKILL); }
    StockServer(const StockServer&) = delete;
    StockServer& operator=(const StockServer&) = delete;

    std::string said() const {
        std::ostringstream text;
        text << std::ifstream{output_}.rdbuf();
        return text.str();
    }

 private:
    static bool answers(std::uint16_t port) {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        const bool connected = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(socket);
        return connected;
    }

    std::string output_;
    pid_t child_;
};

class StockServerTest : public testing::Test {
 protected:
    StockServerTest() {
        files.write("small.txt", "small");
        files.write("large.bin", std::string(kLargeBytes, 'x'));
        readable();
    }
    ~StockServerTest() override {
        client.reset();
        net::test::settle(loop);
    }

    /// Makes the files readable: servers run as another user if the tests run as root.
    void readable() const {
        tw::test::give_to_child_user(files.path(""));
        for (const auto& entry : std::filesystem::directory_iterator{files.path("")}) tw::test::give_to_child_user(entry.path());
    }
    std::unique_ptr<StockServer> nghttpd(std::vector<std::string> arguments) {
        std::vector<std::string> command{"/usr/sbin/nghttpd", "-v", "-a", "127.0.0.1", "-d", files.path("")};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return std::make_unique<StockServer>(command, port, files.path("said"));
    }
    std::unique_ptr<StockServer> plain_nghttpd(std::vector<std::string> arguments = {}) {
        options.http2_prior_knowledge = true;
        arguments.insert(arguments.end(), {"--no-tls", std::to_string(port)});
        return nghttpd(std::move(arguments));
    }
    std::unique_ptr<StockServer> python(const std::string& version) {
        const std::vector<std::string> command{
            "/usr/bin/python3",  "-m", "http.server", "-b", "127.0.0.1", "-p", version, "-d", files.path(""),
            std::to_string(port)};
        return std::make_unique<StockServer>(command, port, files.path("said"));
    }

    Result<ClientResponse> send(ClientRequest request) { return send_all(1, request).front(); }
    std::vector<Result<ClientResponse>> send_all(std::size_t count, const ClientRequest& request) {
        if (!client) client = Client::make(loop, url(port), options).value();
        RootCall call{loop, Deadline::after(loop.now(), 20s)};
        std::vector<Task<Result<ClientResponse>>> sends;
        for (std::size_t i = 0; i < count; ++i) sends.push_back(client->send(call.context(), request));
        return run_until_done(loop, all(std::move(sends)));
    }
    Url url(std::uint16_t to) const { return {.tls = options.tls != nullptr, .address = {"127.0.0.1", to}}; }

    static constexpr std::size_t kLargeBytes = 3 * 1024 * 1024;
    EventLoop loop;
    net::test::CertificateFolder files;
    std::uint16_t port = tw::test::free_port();
    ClientOptions options;
    std::unique_ptr<Client> client;
};

TEST_F(StockServerTest, http2_is_settled_on_by_tls_and_one_connection_carries_all_requests) {
    const auto keys = files.issue("server", {"127.0.0.1"});
    readable();
    options.tls = net::TlsContext::make_client({.ca = files.ca(), .alpn = {"h2", "http/1.1"}}).value();
    const auto server = nghttpd({std::to_string(port), keys.key, keys.certificate});
    for (const auto& response : send_all(50, {.target = "/small.txt"})) {
        ASSERT_TRUE(response) << response.error().cause();
        EXPECT_EQ(response->version, Version::http_2);
        EXPECT_EQ(response->body, "small");
    }
    EXPECT_THAT(server->said(), HasSubstr(":scheme: https"));
    // The first request only checked whether the server is there.
    EXPECT_THAT(server->said(), Not(HasSubstr("[id=3]")));
}

TEST_F(StockServerTest, large_bodies_go_both_ways_within_the_windows) {
    const auto server = plain_nghttpd({"--echo-upload", "-w", "16", "-W", "17"});
    const std::string body(kLargeBytes, 'y');
    for (const auto& response : send_all(3, {.method = "POST", .target = "/upload", .body = body})) {
        ASSERT_TRUE(response) << response.error().cause();
        EXPECT_EQ(response->status, 200);
        EXPECT_TRUE(response->body == body) << response->body.size();
    }
}

TEST_F(StockServerTest, a_servers_limit_on_streams_is_kept) {
    options.connections_max = 1;
    const auto server = plain_nghttpd({"-m", "2"});
    ASSERT_TRUE(send({.target = "/small.txt"}));
    for (const auto& response : send_all(40, {.target = "/small.txt"})) ASSERT_TRUE(response) << response.error().cause();
    EXPECT_THAT(server->said(), Not(HasSubstr("REFUSED_STREAM")));
}

TEST_F(StockServerTest, padding_trailers_and_other_statuses_are_read_as_they_are) {
    const auto server = plain_nghttpd({"-b", "200", "--trailer", "x-late: 1"});
    const auto found = send({.target = "/small.txt"});
    ASSERT_TRUE(found) << found.error().cause();
    EXPECT_EQ(found->body, "small");
    EXPECT_EQ(found->headers.find("x-late"), std::nullopt);
    EXPECT_EQ(send({.target = "/nowhere"})->status, 404);
    EXPECT_EQ(send({.method = "HEAD", .target = "/large.bin"})->headers.find("content-length"), std::to_string(kLargeBytes));
}

TEST_F(StockServerTest, an_http2_server_that_comes_back_is_found_again) {
    auto server = plain_nghttpd();
    ASSERT_TRUE(send({.target = "/small.txt"}));
    server.reset();
    EXPECT_EQ(send({.target = "/small.txt"}).error().code(), Code::unavailable);
    server = plain_nghttpd();
    EXPECT_TRUE(send({.target = "/small.txt"}));
}

TEST_F(StockServerTest, a_connection_cut_in_the_middle_of_an_answer_is_an_error_and_the_next_request_goes_on) {
    const auto server = plain_nghttpd();
    tw::test::FaultProxy proxy{port};
    client = Client::make(loop, url(proxy.port()), options).value();
    ASSERT_TRUE(send({.target = "/small.txt"}));
    proxy.cut_after(tw::test::FaultProxy::From::server, 100'000);
    const auto response = send({.target = "/large.bin"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_TRUE(proxy.cut());
    EXPECT_EQ(send({.target = "/large.bin"})->body.size(), kLargeBytes);
}

TEST_F(StockServerTest, http11_keeps_its_connections) {
    const auto server = python("HTTP/1.1");
    for (const auto& response : send_all(30, {.target = "/small.txt"})) {
        ASSERT_TRUE(response) << response.error().cause();
        EXPECT_EQ(response->version, Version::http_1_1);
        EXPECT_EQ(response->body, "small");
    }
    EXPECT_EQ(send({.target = "/large.bin"})->body.size(), kLargeBytes);
    EXPECT_EQ(send({.target = "/nowhere"})->status, 404);
    EXPECT_EQ(send({.method = "HEAD", .target = "/large.bin"})->body, "");
    EXPECT_EQ(send({.method = "POST", .target = "/", .body = "x"})->status, 501);
}

TEST_F(StockServerTest, http10_is_understood) {
    const auto server = python("HTTP/1.0");
    for (const auto& response : send_all(5, {.target = "/small.txt"})) {
        ASSERT_TRUE(response) << response.error().cause();
        EXPECT_EQ(response->version, Version::http_1_0);
        EXPECT_EQ(response->body, "small");
    }
}

TEST_F(StockServerTest, an_http11_server_that_comes_back_is_found_again) {
    auto server = python("HTTP/1.1");
    ASSERT_TRUE(send({.target = "/small.txt"}));
    server.reset();
    server = python("HTTP/1.1");
    EXPECT_TRUE(send({.method = "GET", .target = "/small.txt"}));
}

}  // namespace
}  // namespace tw::http
