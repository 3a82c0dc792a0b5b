#include "kit/net/tls_fixture.hpp"

#include <gmock/gmock.h>

// Tests the answer to a client that does not speak TLS to a TLS port.
namespace tw::net {
namespace {

using test::CertificateFolder;
using testing::HasSubstr;

constexpr std::string_view kAnswer = "this port speaks TLS";

Task<std::string> talk(Stream& client, std::string_view bytes) {
    static_cast<void>(co_await client.write_all(bytes));
    std::string heard;
    std::array<char, 256> buffer{};
    while (true) {
        const auto got = co_await client.read_some(buffer);
        if (!got || *got == 0) break;
        heard.append(buffer.data(), *got);
    }
    client.close();
    co_return heard;
}

struct TlsInClear : testing::Test {
    CertificateFolder folder;
    EventLoop loop;
    std::shared_ptr<TlsContext> server = TlsContext::make_server({.identities = {folder.issue("a", {"a"})}}).value();

    ~TlsInClear() override { test::settle(loop); }

    /// Returns the answer to a client that begins with `bytes`, and why the server refused it.
    std::pair<std::string, std::string> begin_with(
        std::string_view bytes, TlsAnswerInClear answer = [] { return std::string{kAnswer}; }) {
        auto pair = test::make_socket_pair(loop);
        RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
        auto ours = accept_tls(call.context(), *server, std::move(pair.server), std::move(answer));
        auto [heard, secured] = run_until_done(loop, both(talk(*pair.client, bytes), std::move(ours)));
        return {heard, secured ? "no refusal" : secured.error().cause()};
    }
};

TEST_F(TlsInClear, a_request_of_any_method_is_answered) {
    for (const auto* begin :
         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE / HTTP/1.1\r\n\r\n", "patch ", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
        const auto [heard, why] = begin_with(begin);
        EXPECT_EQ(heard, kAnswer) << begin;
        EXPECT_THAT(why, HasSubstr("does not speak TLS"));
    }
}

TEST_F(TlsInClear, a_request_that_is_larger_than_a_read_is_answered_too) {
    const auto request = "POST / HTTP/1.1\r\n\r\n" + std::string(100'000, 'x');
    EXPECT_EQ(begin_with(request).first, kAnswer);
}

TEST_F(TlsInClear, what_is_no_request_gets_no_answer_of_that_kind) {
    EXPECT_THAT(begin_with(std::string(100, '\x01')).first, testing::Not(HasSubstr(std::string{kAnswer})));
    EXPECT_THAT(begin_with("GET / HTTP/1.1\r\n\r\n", nullptr).second, HasSubstr("does not speak TLS"));
}

}  // namespace
}  // namespace tw::net
