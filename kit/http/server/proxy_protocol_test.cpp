#include "kit/http/server/proxy_protocol.hpp"

#include "kit/async/sleep.hpp"
#include "kit/http/proxy_acceptor.hpp"
#include "kit/http/server/testing.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::HasSubstr;

const std::string kProxyPreface = "\r\n\r\n\0\r\nQUIT\n"s;

std::string proxy_header_of(char command, char family, const std::string& rest) {
    return kProxyPreface + command + family + static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size() & 0xff) + rest;
}

/// The header of a client 203.0.113.9:4711.
std::string ipv4_header() { return proxy_header_of('\x21', '\x11', "\xcb\x00\x71\x09\x0a\x00\x00\x01\x12\x67\x01\xbb"s); }

/// Returns the address as text, "none", or the reason of the error.
std::string proxied_text(const std::string& bytes) {
    const auto head = read_proxy_head(std::string_view{bytes}.substr(0, kProxyHeadBytes));
    if (!head) return std::string{head.error().reason()};
    const auto client = read_proxied_address(*head, std::string_view{bytes}.substr(kProxyHeadBytes));
    if (!client) return std::string{client.error().reason()};
    return *client ? (*client)->to_string() : "none";
}

TEST(ProxyProtocol, addresses_of_both_families_are_read) {
    EXPECT_EQ(proxied_text(ipv4_header()), "203.0.113.9:4711");
    EXPECT_EQ(
        proxied_text(proxy_header_of(
            '\x21', '\x21', "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07" + std::string(16, '\1') + "\x12\x67\x01\xbb")),
        "[2001:db8::7]:4711");
}

TEST(ProxyProtocol, extensions_after_the_addresses_are_skipped) {
    EXPECT_EQ(proxied_text(proxy_header_of('\x21', '\x11', "\xcb\x00\x71\x09\x0a\x00\x00\x01\x12\x67\x01\xbb\x02\x00\x01x"s)),
              "203.0.113.9:4711");
}

TEST(ProxyProtocol, a_proxys_own_connection_and_one_without_addresses_have_no_client) {
    EXPECT_EQ(proxied_text(proxy_header_of('\x20', '\0', "")), "none");
    EXPECT_EQ(proxied_text(proxy_header_of('\x20', '\x11', std::string(12, 'a'))), "none");
    EXPECT_EQ(proxied_text(proxy_header_of('\x21', '\0', "")), "none");
    EXPECT_EQ(proxied_text(proxy_header_of('\x21', '\x31', std::string(216, 'a'))), "none");
}

TEST(ProxyProtocol, what_is_no_header_of_version_2_is_refused) {
    const std::string expected = "PROXY_PROTOCOL";
    EXPECT_EQ(proxied_text("GET / HTTP/1.1\r\n"), expected);
    EXPECT_EQ(proxied_text("PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n"), expected);
    EXPECT_EQ(proxied_text(proxy_header_of('\x11', '\x11', std::string(12, 'a'))), expected) << "version 1";
    EXPECT_EQ(proxied_text(proxy_header_of('\x22', '\x11', std::string(12, 'a'))), expected) << "an unknown command";
    EXPECT_EQ(proxied_text(proxy_header_of('\x21', '\x11', std::string(11, 'a'))), expected) << "addresses that are cut off";
    EXPECT_EQ(proxied_text(proxy_header_of('\x21', '\x11', std::string(4097, 'a'))), expected) << "too long";
    EXPECT_EQ(proxied_text(kProxyPreface), expected);
}

/// Returns the peer and what is read first from a connection whose proxy sends these pieces.
std::string accepted_from_proxy(std::vector<std::string> pieces, bool end = true) {
    EventLoop loop;
    tw::test::QuietTelemetry telemetry;
    ProxyAcceptor acceptor{loop, 20ms, telemetry.get()};
    auto stream = std::make_unique<testing::FakeStream>(loop);
    for (auto& piece : pieces) stream->arrive(std::move(piece));
    if (end) stream->arrive_end();
    std::unique_ptr<net::Stream> client;
    acceptor.accept(std::move(stream), [&client](std::unique_ptr<net::Stream> got) { client = std::move(got); });
    const auto converse = [&]() -> Task<std::string> {
        RootCall call{loop};
        for (int i = 0; i < 50 && client == nullptr; ++i) static_cast<void>(co_await sleep_for(call.context(), 1ms));
        std::string seen = "closed";
        if (client != nullptr) {
            std::string buffer(100, '\0');
            const std::span<char> space{buffer};
            const auto count = co_await client->read_some(space);
            const std::string_view answer = "answer";
            const std::span<const char> bytes{answer};
            const auto written = co_await client->write_all(bytes);
            seen = client->peer().host + " " + buffer.substr(0, count.value_or(0)) + (written ? "" : " lost");
        }
        co_await acceptor.close();
        co_return seen;
    };
    auto done = run_until_done(loop, converse());
    client.reset();
    return done;
}

TEST(ProxyAcceptorTest, the_client_is_the_peer_and_its_bytes_follow_the_header) {
    EXPECT_EQ(accepted_from_proxy({ipv4_header() + "GET /"}), "203.0.113.9 GET /");
    std::vector<std::string> bytes;
    for (const char c : ipv4_header()) bytes.emplace_back(1, c);
    bytes.emplace_back("GET /");
    EXPECT_EQ(accepted_from_proxy(std::move(bytes)), "203.0.113.9 GET /");
    EXPECT_EQ(accepted_from_proxy({proxy_header_of('\x20', '\0', "") + "GET /"}), "192.0.2.7 GET /");
}

TEST(ProxyAcceptorTest, without_a_header_in_time_the_connection_is_closed) {
    EXPECT_EQ(accepted_from_proxy({"GET / HTTP/1.1\r\n\r\n"}), "closed");
    EXPECT_EQ(accepted_from_proxy({ipv4_header().substr(0, 20)}), "closed");
    EXPECT_EQ(accepted_from_proxy({ipv4_header().substr(0, 20)}, false), "closed");
}

}  // namespace
}  // namespace tw::http
