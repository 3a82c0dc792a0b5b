#include "kit/net/tls_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::net {
namespace {

using test::CertificateFolder;
using test::Secured;
using test::uri_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

Task<Result<std::size_t>> say(Stream& stream) { co_return co_await stream.write_all(std::string_view{"x"}); }

Task<Result<std::size_t>> hear_one(Stream& stream) {
    std::array<char, 1> buffer;
    co_return co_await stream.read_some(buffer);
}

struct TlsContextTest : testing::Test {
    CertificateFolder folder;
    EventLoop loop;

    ~TlsContextTest() override { test::settle(loop); }

    std::shared_ptr<TlsContext> serve(TlsServerOptions options) { return TlsContext::make_server(std::move(options)).value(); }
    TlsClient client(TlsTarget target, TlsClientOptions options = {}) {
        if (options.ca.empty()) options.ca = folder.ca();
        return {TlsContext::make_client(std::move(options)).value(), std::move(target)};
    }
    /// Returns a connection on which a byte went to the client, or nothing if the handshake failed.
    std::unique_ptr<Stream> talk(TlsClient& client, const TlsContext& server) {
        auto [ours, theirs] = test::shake_hands(loop, client, server);
        if (!ours || !theirs) return nullptr;
        const auto [said, heard] = run_until_done(loop, both(say(**theirs), hear_one(**ours)));
        EXPECT_TRUE(said && heard);
        return said && heard ? std::move(*ours) : nullptr;
    }
};

std::string why(const Secured& secured) { return secured ? "no refusal" : secured.error().cause(); }

TEST_F(TlsContextTest, clients_refuse_a_server_of_another_name) {
    const auto server = serve({.identities = {folder.issue("a", {"a.example", "127.0.0.1"})}});
    for (const auto* const good : {"a.example", "127.0.0.1"}) {
        auto caller = client({.host = good});
        EXPECT_NE(talk(caller, *server), nullptr) << good;
    }
    for (const auto* const bad : {"b.example", "127.0.0.2", "example"}) {
        auto caller = client({.host = bad});
        const auto [ours, theirs] = test::shake_hands(loop, caller, *server);
        EXPECT_THAT(why(ours), HasSubstr("mismatch")) << bad;
        EXPECT_EQ(ours.error().reason(), "TLS_HANDSHAKE_FAILED");
        EXPECT_FALSE(theirs);
    }
}

/// RFC 9525 §2: a certificate's names are those in its list of alternative names.
TEST_F(TlsContextTest, the_subject_of_a_certificate_is_no_name_of_a_host) {
    const auto server = serve({.identities = {folder.issue("a.example", {}, {uri_of("a")})}});
    auto caller = client({.host = "a.example"});
    EXPECT_THAT(why(test::shake_hands(loop, caller, *server).first), HasSubstr("mismatch"));
}

TEST_F(TlsContextTest, clients_refuse_whom_their_authority_does_not_vouch_for) {
    CertificateFolder other;
    const auto server = serve({.identities = {other.issue("a", {"a"})}});
    auto caller = client({.host = "a"});
    const auto [ours, theirs] = test::shake_hands(loop, caller, *server);
    EXPECT_THAT(why(ours), HasSubstr("unable to get local issuer certificate"));
    EXPECT_THAT(why(theirs), HasSubstr("unknown ca"));
    auto of_the_system = TlsClient{TlsContext::make_client({}).value(), {.host = "a"}};
    EXPECT_FALSE(test::shake_hands(loop, of_the_system, *server).first);
}

TEST_F(TlsContextTest, a_uri_name_takes_the_hosts_place) {
    const auto server = serve({.identities = {folder.issue("order", {}, {uri_of("order")})}});
    auto right = client({.host = "10.0.0.7", .uri = uri_of("order")});
    EXPECT_NE(talk(right, *server), nullptr);
    auto wrong = client({.host = "10.0.0.7", .uri = uri_of("payment")});
    EXPECT_THAT(why(test::shake_hands(loop, wrong, *server).first), HasSubstr("no URI name spiffe://shop/payment"));
}

TEST_F(TlsContextTest, the_certificate_follows_the_name_asked_for) {
    const auto server = serve({.identities = {folder.issue("a", {"a.example"}), folder.issue("b", {"*.b.example"})}});
    for (const auto* const name : {"a.example", "x.b.example"}) {
        auto caller = client({.host = name});
        const auto stream = talk(caller, *server);
        ASSERT_NE(stream, nullptr) << name;
        EXPECT_EQ(stream->tls()->server_name, name);
    }
}

TEST_F(TlsContextTest, services_insist_on_tls13) {
    const auto server = serve({.identities = {folder.issue("a", {"a"})}, .least = TlsVersion::tls_1_3});
    auto caller = client({.host = "a"});
    const auto stream = talk(caller, *server);
    ASSERT_NE(stream, nullptr);
    EXPECT_EQ(stream->tls()->version, "TLSv1.3");
}

TEST_F(TlsContextTest, a_client_that_speaks_other_protocols_only_is_refused) {
    const auto server = serve({.identities = {folder.issue("a", {"a"})}, .alpn = {"h2"}});
    auto other = client({.host = "a"}, {.alpn = {"spdy/1"}});
    EXPECT_THAT(why(test::shake_hands(loop, other, *server).second), HasSubstr("no application protocol"));
    auto silent = client({.host = "a"});
    const auto stream = talk(silent, *server);
    ASSERT_NE(stream, nullptr);
    EXPECT_EQ(stream->tls()->alpn, "");
}

TEST_F(TlsContextTest, the_second_connection_resumes_the_first) {
    const auto server = serve({.identities = {folder.issue("a", {"a"})}});
    auto caller = client({.host = "a"});
    const auto first = talk(caller, *server);
    ASSERT_NE(first, nullptr);
    EXPECT_FALSE(first->tls()->resumed);
    for (int i = 0; i < 3; ++i) {
        const auto next = talk(caller, *server);
        ASSERT_NE(next, nullptr);
        EXPECT_TRUE(next->tls()->resumed);
    }
}

/// Tests of mTLS between services.
struct MutualTlsTest : TlsContextTest {
    TlsServerOptions options{.identities = {folder.issue("order", {}, {uri_of("order")})},
                             .least = TlsVersion::tls_1_3,
                             .alpn = {"h2"},
                             .client_ca = folder.ca(),
                             .client_uri_prefix = "spiffe://shop/"};

    TlsClient caller(TlsKeyFiles identity) {
        return client({.host = "order", .uri = uri_of("order")}, {.identity = std::move(identity), .alpn = {"h2"}});
    }
    /// Returns why the server refuses a client.
    std::string refusal(TlsKeyFiles identity) {
        const auto server = serve(options);
        auto one = caller(std::move(identity));
        return why(test::shake_hands(loop, one, *server).second);
    }
};

TEST_F(MutualTlsTest, the_server_learns_who_calls_also_when_the_session_is_resumed) {
    const auto server = serve(options);
    auto gateway = caller(folder.issue("gateway", {"localhost"}, {uri_of("gateway")}));
    ASSERT_NE(talk(gateway, *server), nullptr);
    const auto [ours, theirs] = test::shake_hands(loop, gateway, *server);
    ASSERT_TRUE(ours && theirs);
    EXPECT_TRUE((*theirs)->tls()->resumed);
    EXPECT_THAT((*theirs)->tls()->peer_uris, ElementsAre(uri_of("gateway")));
    EXPECT_EQ((*ours)->tls()->peer_identity(), uri_of("order"));
}

TEST_F(MutualTlsTest, no_certificate_is_refused) { EXPECT_THAT(refusal({}), HasSubstr("did not return a certificate")); }

TEST_F(MutualTlsTest, a_certificate_that_has_run_out_is_refused) {
    const auto now = CertificateFolder::now();
    const auto late = folder.issue_as(
        "late", {.common_name = "late", .uris = {uri_of("late")}, .not_before = now - 2h, .not_after = now - 1min});
    EXPECT_THAT(refusal(late), AllOf(HasSubstr("certificate has expired"), HasSubstr("CN=late")));
}

TEST_F(MutualTlsTest, a_certificate_that_is_not_valid_yet_is_refused) {
    const auto now = CertificateFolder::now();
    const auto early = folder.issue_as(
        "early", {.common_name = "early", .uris = {uri_of("early")}, .not_before = now + 1h, .not_after = now + 2h});
    EXPECT_THAT(refusal(early), HasSubstr("not yet valid"));
}

TEST_F(MutualTlsTest, a_certificate_of_another_authority_is_refused) {
    CertificateFolder other;
    EXPECT_THAT(refusal(other.issue("gateway", {}, {uri_of("gateway")})), HasSubstr("issuer"));
}

TEST_F(MutualTlsTest, a_certificate_from_another_trust_domain_is_refused) {
    EXPECT_THAT(refusal(folder.issue("x", {}, {"spiffe://elsewhere/gateway"})), HasSubstr("no URI name spiffe://shop/"));
    EXPECT_THAT(refusal(folder.issue("y", {"gateway"})), HasSubstr("no URI name"));
}

/// Tests of the rotation of files.
struct RotationTest : TlsContextTest {
    TlsKeyFiles files = folder.issue("a", {"a"});
    std::shared_ptr<TlsContext> server = serve({.identities = {files}});
    std::string common_name() { return server->certificates().front().subject; }
    TlsCertificateRequest named(std::string name) {
        const auto now = CertificateFolder::now();
        return {.common_name = std::move(name), .hosts = {"a"}, .not_before = now - 1h, .not_after = now + 1h};
    }
};

TEST_F(RotationTest, files_that_did_not_change_are_not_read_again) {
    EXPECT_EQ(server->refresh().value(), TlsContext::Refresh::unchanged);
    EXPECT_EQ(server->refresh(true).value(), TlsContext::Refresh::reloaded);
}

TEST_F(RotationTest, a_new_certificate_is_shown_to_new_connections_while_old_ones_live_on) {
    auto caller = client({.host = "a"});
    auto [ours, theirs] = test::shake_hands(loop, caller, *server);
    ASSERT_TRUE(ours && theirs);
    folder.issue_as("a", named("second"));
    EXPECT_EQ(server->refresh().value(), TlsContext::Refresh::reloaded);
    EXPECT_EQ(common_name(), "CN=second");
    EXPECT_NE(talk(caller, *server), nullptr);
    const auto [said, heard] = run_until_done(loop, both(say(**theirs), hear_one(**ours)));
    EXPECT_TRUE(said && heard);
}

TEST_F(RotationTest, a_handshake_that_is_under_way_ends_with_what_it_began_with) {
    const auto rotate = [](EventLoop& on, TlsContext& context) -> Task<int> {
        int times = 0;
        for (; times < 10; ++times) {
            EXPECT_EQ(context.refresh(true).value(), TlsContext::Refresh::reloaded);
            co_await hop_to(on);
        }
        co_return times;
    };
    auto caller = client({.host = "a"});
    RootCall call{loop, Deadline::after(loop.now(), 20s)};
    auto pair = test::make_socket_pair(loop);
    auto ends =
        both(caller.secure(call.context(), std::move(pair.client)), accept_tls(call.context(), *server, std::move(pair.server)));
    const auto [secured, times] = run_until_done(loop, both(std::move(ends), rotate(loop, *server)));
    EXPECT_TRUE(secured.first && secured.second) << why(secured.first);
    // The session that was remembered with the former files is not used with the new ones, and a
    // full handshake succeeds.
    EXPECT_NE(talk(caller, *server), nullptr);
}

TEST_F(RotationTest, a_bad_file_keeps_the_former_certificate_and_is_reported_once) {
    folder.write("a.pem", "no certificate\n");
    const auto bad = server->refresh();
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().reason(), "TLS_FILES");
    EXPECT_THAT(bad.error().detail(), AllOf(HasSubstr(files.certificate), HasSubstr("no certificate in PEM")));
    EXPECT_EQ(server->refresh().value(), TlsContext::Refresh::still_bad);
    EXPECT_EQ(common_name(), "CN=a");
    auto caller = client({.host = "a"});
    EXPECT_NE(talk(caller, *server), nullptr);
    folder.issue_as("a", named("second"));
    EXPECT_EQ(server->refresh().value(), TlsContext::Refresh::reloaded);
    EXPECT_EQ(common_name(), "CN=second");
}

TEST_F(RotationTest, a_key_of_another_certificate_is_reported_with_both_files) {
    const auto other = folder.issue("b", {"b"});
    std::filesystem::copy_file(other.key, files.key, std::filesystem::copy_options::overwrite_existing);
    const auto bad = server->refresh(true);
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().detail(), AllOf(HasSubstr(files.key), HasSubstr(files.certificate), HasSubstr("does not belong")));
}

TEST_F(RotationTest, an_authority_that_is_withdrawn_ends_resumption) {
    TlsServerOptions mutual{.identities = {files}, .client_ca = folder.ca()};
    const auto strict = serve(mutual);
    auto caller = client({.host = "a"}, {.identity = folder.issue("c", {"c"})});
    ASSERT_NE(talk(caller, *strict), nullptr);
    CertificateFolder other;
    std::filesystem::copy_file(other.ca(), folder.path("ca.pem"), std::filesystem::copy_options::overwrite_existing);
    ASSERT_EQ(strict->refresh(true).value(), TlsContext::Refresh::reloaded);
    EXPECT_EQ(talk(caller, *strict), nullptr);
}

TEST(TlsFiles, a_missing_file_is_named) {
    const auto made = TlsContext::make_server({.identities = {{"/nowhere/a.pem", "/nowhere/a.key"}}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Code::invalid_argument);
    EXPECT_THAT(made.error().detail(), AllOf(HasSubstr("/nowhere/a.pem"), HasSubstr("No such file")));
}

TEST(TlsFiles, a_certificate_tells_its_names_and_end) {
    CertificateFolder folder;
    const auto files = folder.issue("a", {"a.example", "127.0.0.1", "::1"}, {uri_of("a")});
    const auto context = TlsContext::make_server({.identities = {files}}).value();
    const auto all = context->certificates();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].file, files.certificate);
    EXPECT_EQ(all[0].subject, "CN=a");
    EXPECT_THAT(all[0].hosts, ElementsAre("a.example", "127.0.0.1", "::1"));
    EXPECT_THAT(all[0].uris, ElementsAre(uri_of("a")));
    EXPECT_NEAR(std::chrono::duration<double>(all[0].not_after - CertificateFolder::now()).count(), 3600, 60);
}

}  // namespace
}  // namespace tw::net
