#include "kit/net/tls_check.hpp"

#include "kit/net/listener.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/net/tls_failure_log.hpp"
#include "kit/net/tls_fixture.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <list>

#include <gmock/gmock.h>

namespace tw::net {
namespace {

using test::CertificateFolder;
using test::uri_of;
using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

Task<void> greet(std::unique_ptr<Stream>& stream) { static_cast<void>(co_await stream->write_all(std::string_view{"hello"})); }

/// A server port that sends something first, and a client of it, on one loop.
struct TlsCheckTest : testing::Test {
    CertificateFolder folder;
    CertificateFolder other;
    LoopGroup loops{1};
    tw::test::QuietTelemetry telemetry;
    TlsServerOptions serving{.identities = {folder.issue("order", {}, {uri_of("order")})},
                             .least = TlsVersion::tls_1_3,
                             .client_ca = folder.ca(),
                             .client_uri_prefix = "spiffe://shop/"};
    TlsClientOptions calling{.ca = folder.ca(), .identity = folder.issue("gateway", {}, {uri_of("gateway")})};
    TlsTarget target{.host = "order", .uri = uri_of("order")};
    std::vector<std::string> reported;

    Result<TlsSession> check(const Address& address) {
        auto& loop = loops.at(0);
        TlsClient client{TlsContext::make_client(calling).value(), target,
                         [this](const Address&, std::string_view why) { reported.emplace_back(why); }};
        RootCall call{loop};
        return run_until_done(loop, check_tls(call.context(), loop, address, 20s, client));
    }

    /// Returns the result of the check of the port.
    Result<TlsSession> check() {
        auto& loop = loops.at(0);
        const auto listener = Listener::bind({"127.0.0.1", 0}).value();
        TlsAcceptor acceptor{loop, TlsContext::make_server(serving).value(), {}, telemetry.get()};
        std::list<std::unique_ptr<Stream>> streams;
        Gate greeting;
        listener->start(loops, [&](EventLoop&, Socket socket) {
            acceptor.accept(make_tcp_stream(loop, std::move(socket)), [&](std::unique_ptr<Stream> stream) {
                spawn(greeting, greet(streams.emplace_back(std::move(stream))));
            });
        });
        auto checked = check(listener->local());
        listener->close();
        run_until_done(loop, acceptor.close());
        run_until_done(loop, close_and_wait(greeting));
        streams.clear();
        test::settle(loop);
        return checked;
    }
    std::string fault() {
        const auto checked = check();
        return checked ? "no fault" : checked.error().detail();
    }
};

TEST_F(TlsCheckTest, two_sides_that_agree_are_good) {
    const auto checked = check();
    ASSERT_TRUE(checked) << checked.error().detail();
    EXPECT_EQ(checked->peer_identity(), uri_of("order"));
    EXPECT_TRUE(reported.empty());
}

TEST_F(TlsCheckTest, a_certificate_of_another_ca_is_told_as_that) {
    serving.identities = {other.issue("order", {}, {uri_of("order")})};
    EXPECT_THAT(fault(), AllOf(HasSubstr("the peer's certificate is not accepted"), HasSubstr("issuer certificate"),
                               HasSubstr("CN=order")));
    EXPECT_EQ(reported.size(), 1u);
}

TEST_F(TlsCheckTest, an_expired_certificate_is_told_as_that) {
    const auto now = CertificateFolder::now();
    serving.identities = {folder.issue_as(
        "late", {.common_name = "late", .uris = {uri_of("order")}, .not_before = now - 2h, .not_after = now - 1h})};
    EXPECT_THAT(fault(), AllOf(HasSubstr("the peer's certificate is not accepted"), HasSubstr("has expired")));
}

TEST_F(TlsCheckTest, another_module_in_its_place_is_told_as_that) {
    target.uri = uri_of("payment");
    EXPECT_THAT(fault(),
                AllOf(HasSubstr("the peer's certificate is not accepted"), HasSubstr("no URI name"), HasSubstr("payment")));
}

TEST_F(TlsCheckTest, a_refusal_of_our_certificate_is_told_as_that_and_reported) {
    calling.identity = other.issue("gateway", {}, {uri_of("gateway")});
    EXPECT_THAT(fault(), HasSubstr("the peer does not accept this side's certificate"));
    ASSERT_EQ(reported.size(), 1u);
    EXPECT_THAT(reported[0], HasSubstr("the peer does not accept this side's certificate"));
    calling.identity = {};
    EXPECT_THAT(fault(), HasSubstr("this side has none"));
}

TEST_F(TlsCheckTest, a_server_in_the_clear_is_told_as_that) {
    auto& loop = loops.at(0);
    const auto listener = Listener::bind({"127.0.0.1", 0}).value();
    std::list<std::unique_ptr<Stream>> streams;
    Gate greeting;
    listener->start(loops, [&](EventLoop&, Socket socket) {
        spawn(greeting, greet(streams.emplace_back(make_tcp_stream(loop, std::move(socket)))));
    });
    const auto checked = check(listener->local());
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().detail(), HasSubstr("the peer does not speak TLS"));
    EXPECT_EQ(checked.error().reason(), "TLS_HANDSHAKE_FAILED");
    listener->close();
    run_until_done(loop, close_and_wait(greeting));
    streams.clear();
    test::settle(loop);
}

TEST_F(TlsCheckTest, nobody_there_is_another_fault) {
    const auto free = Listener::bind({"127.0.0.1", 0}).value()->local();
    const auto checked = check(free);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().reason(), "TLS_HANDSHAKE_FAILED");
    EXPECT_THAT(checked.error().detail(), HasSubstr("refused"));
    EXPECT_TRUE(reported.empty());
}

struct CertificateFaults : testing::Test {
    CertificateFolder folder;
    Timestamp now = CertificateFolder::now();

    std::vector<std::string> faults(Timestamp not_before, Timestamp not_after) {
        const auto files =
            folder.issue_as("a", {.common_name = "a", .hosts = {"a"}, .not_before = not_before, .not_after = not_after});
        return find_faults(TlsContext::make_server({.identities = {files}, .client_ca = folder.ca()}).value()->certificates()[0],
                           now);
    }
};

TEST_F(CertificateFaults, a_certificate_that_is_good_has_none) {
    EXPECT_THAT(faults(now - 1h, now + std::chrono::days{15}), testing::IsEmpty());
}

TEST_F(CertificateFaults, dates_are_told) {
    EXPECT_THAT(faults(now - 2h, now - 1h), testing::ElementsAre(HasSubstr("expired at")));
    EXPECT_THAT(faults(now - 2h, now + std::chrono::days{3} + 1h), testing::ElementsAre(HasSubstr("expires in 3 day(s)")));
    EXPECT_THAT(faults(now + 1h, now + std::chrono::days{30}), testing::ElementsAre(HasSubstr("is not valid before")));
}

TEST_F(CertificateFaults, a_certificate_of_another_ca_is_told_on_both_sides) {
    CertificateFolder other;
    const auto files = other.issue("a", {"a"});
    const auto server = TlsContext::make_server({.identities = {files}, .client_ca = folder.ca()}).value();
    const auto client = TlsContext::make_client({.ca = folder.ca(), .identity = files}).value();
    for (const auto& context : {server, client}) {
        EXPECT_THAT(context->certificates()[0].ca_problem, HasSubstr("issuer certificate"));
        EXPECT_THAT(find_faults(context->certificates()[0], now),
                    testing::Contains(AllOf(HasSubstr(files.certificate), HasSubstr("is not signed by a CA"))));
    }
    // Without a bundle no verification is expected.
    EXPECT_EQ(TlsContext::make_server({.identities = {files}}).value()->certificates()[0].ca_problem, "");
}

TEST(RepeatLimit, the_same_is_said_again_only_after_a_while) {
    RepeatLimit limit;
    const SteadyTime start{1h};
    EXPECT_TRUE(limit.admits("a", start));
    EXPECT_FALSE(limit.admits("a", start + RepeatLimit::kInterval - 1s));
    EXPECT_TRUE(limit.admits("a", start + RepeatLimit::kInterval));
    EXPECT_TRUE(limit.admits("b", start + RepeatLimit::kInterval));
    EXPECT_TRUE(limit.admits("a", start + RepeatLimit::kInterval));
}

TEST(TlsFailureLog, a_failure_is_logged_once_with_its_peer_and_reason) {
    EventLoop loop;
    SystemClock clock;
    telemetry::CollectedLogs sink;
    const telemetry::Logger log{"gateway", clock, sink,
                                std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    const auto report = log_tls_failures(loop, log);
    const auto copy = report;
    report({"10.0.0.7", 50051}, "certificate has expired");
    copy({"10.0.0.7", 50051}, "certificate has expired");
    ASSERT_EQ(sink.lines().size(), 1u);
    EXPECT_THAT(sink.lines()[0], AllOf(HasSubstr("tls.failed"), HasSubstr("10.0.0.7"), HasSubstr("certificate has expired")));
}

}  // namespace
}  // namespace tw::net
