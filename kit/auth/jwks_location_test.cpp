#include "kit/auth/jwks_location.hpp"

#include "kit/async/loop_group.hpp"
#include "kit/auth/refreshed_keys.hpp"
#include "kit/auth/verifier_fixture.hpp"
#include "kit/http/server.hpp"
#include "kit/net/listener.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/net/tls_context.hpp"
#include "kit/net/tls_fixture.hpp"
#include "kit/testing/memory_stream.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <cstdio>
#include <fstream>
#include <future>
#include <map>
#include <unistd.h>

#include <gmock/gmock.h>

// Where keys come from: a file, a URL, and the metadata of an issuer that is served by kit/http.
namespace tw::auth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kMetadataPath = "/.well-known/openid-configuration";

/// An identity provider: an HTTP server in memory, which answers what a test sets. Every host leads
/// to it.
class FakeProvider {
 public:
    explicit FakeProvider(EventLoop& loop) : loop_{loop} {}

    MakeHttpClient clients() {
        return [this](const http::Url& url, const http::ClientOptions& options) -> Result<std::unique_ptr<http::Client>> {
            origins.push_back((url.tls ? "https://" : "http://") + url.address.to_string());
            return std::make_unique<http::Client>(loop_, url.address.to_string(), options,
                                                  [this](const CallContext&) { return connect(); });
        };
    }
    Task<void> end() {
        co_await server_->drain(Deadline::after(loop_.now(), 1s));
        for (int turn = 0; turn < 50; ++turn) co_await hop_to(loop_);
    }

    std::map<std::string, http::Response> answers;
    std::vector<std::string> requests;
    std::vector<std::string> origins;

 private:
    Task<Result<std::unique_ptr<net::Stream>>> connect() {
        auto pair = tw::test::MemoryStream::make_pair(loop_);
        server_->serve_stream(std::move(pair.second));
        co_return std::unique_ptr<net::Stream>{std::move(pair.first)};
    }
    Task<http::Response> answer(const http::Request& request) {
        requests.push_back(request.path);
        const auto found = answers.find(request.path);
        co_return found == answers.end() ? http::Response{.status = 404} : found->second;
    }

    EventLoop& loop_;
    tw::test::QuietTelemetry telemetry_;
    std::unique_ptr<http::Server> server_ = http::make_server(
        loop_, {}, telemetry_.get(), [this](const CallContext&, const http::Request& request) { return answer(request); }, false);
};

class JwksLocationTest : public VerifierTest {
 protected:
    ~JwksLocationTest() override { run_until_done(loop, provider.end()); }

    Result<std::string> read(JwksLocation& location) { return run_until_done(loop, location.read(call.context())); }
    /// The error of a reading that fails. One that succeeds is a failure of the test.
    Error failure_of(JwksLocation& location) {
        auto text = read(location);
        if (text) return {Code::unknown, "NO_FAILURE", "the reading has succeeded"};
        return std::move(text).error();
    }
    void answer(std::string_view path, std::string body) { provider.answers[std::string{path}] = {.body = std::move(body)}; }
    void answer_metadata(std::string_view issuer, std::string_view place) {
        boost::json::object metadata;
        metadata["issuer"] = boost::json::string_view{issuer.data(), issuer.size()};
        metadata["jwks_uri"] = boost::json::string_view{place.data(), place.size()};
        answer(kMetadataPath, boost::json::serialize(metadata));
    }

    FakeProvider provider{loop};
};

TEST_F(JwksLocationTest, a_set_is_read_from_its_url) {
    answer("/jwks.json", key.jwks());
    UrlJwks location{"https://id.example/jwks.json", provider.clients()};
    EXPECT_EQ(read(location).value(), key.jwks());
    EXPECT_EQ(read(location).value(), key.jwks());
    EXPECT_THAT(provider.origins, ElementsAre("https://id.example:443"));
    EXPECT_THAT(provider.requests, ElementsAre("/jwks.json", "/jwks.json"));
}

TEST_F(JwksLocationTest, answers_that_are_no_set_are_failures) {
    UrlJwks location{"https://id.example/jwks.json", provider.clients()};
    EXPECT_THAT(failure_of(location).detail(), HasSubstr("404"));
    provider.answers["/jwks.json"] = {.status = 302};
    provider.answers["/jwks.json"].headers.add("location", "https://id.example/elsewhere");
    EXPECT_THAT(failure_of(location).detail(), HasSubstr("302"));
    EXPECT_EQ(provider.requests.back(), "/jwks.json");
    answer("/jwks.json", std::string(KeySet::kBytesMax + 1, ' '));
    EXPECT_EQ(failure_of(location).code(), Code::resource_exhausted);
    answer("/jwks.json", std::string(KeySet::kBytesMax, ' '));
    EXPECT_TRUE(read(location));
}

TEST_F(JwksLocationTest, keys_come_over_https_or_on_loopback_if_that_is_allowed) {
    answer("/jwks.json", key.jwks());
    const auto reason_at = [&](std::string url, UrlRule rule) {
        UrlJwks location{std::move(url), provider.clients(), rule};
        const auto text = read(location);
        return text ? "" : text.error().reason();
    };
    EXPECT_EQ(reason_at("http://id.example/jwks.json", {}), "ISSUER_INVALID");
    EXPECT_EQ(reason_at("http://127.0.0.1:8000/jwks.json", {}), "ISSUER_INVALID");
    EXPECT_EQ(reason_at("http://id.example/jwks.json", {.http_on_loopback = true}), "ISSUER_INVALID");
    EXPECT_EQ(reason_at("http://127.0.0.1:8000/jwks.json", {.http_on_loopback = true}), "");
    EXPECT_EQ(reason_at("http://localhost:8000/jwks.json", {.http_on_loopback = true}), "");
    EXPECT_NE(reason_at("file:///etc/passwd", {.http_on_loopback = true}), "");
    EXPECT_EQ(provider.requests.size(), 2U);
}

TEST_F(JwksLocationTest, an_issuer_says_where_its_keys_are) {
    answer_metadata("https://id.example", "https://keys.example/set?x=1");
    answer("/set", key.jwks());
    DiscoveredJwks location{"https://id.example", provider.clients()};
    EXPECT_EQ(read(location).value(), key.jwks());
    EXPECT_THAT(provider.origins, ElementsAre("https://id.example:443", "https://keys.example:443"));
    answer_metadata("https://id.example", "https://other.example/moved");
    answer("/moved", "moved");
    EXPECT_EQ(read(location).value(), "moved");
    EXPECT_EQ(provider.origins.back(), "https://other.example:443");
}

TEST_F(JwksLocationTest, the_path_of_an_issuer_is_kept) {
    const auto path = "/realms/shop" + std::string{kMetadataPath};
    for (const auto* issuer : {"https://id.example/realms/shop", "https://id.example/realms/shop/"}) {
        answer(path, R"({"jwks_uri":"https://id.example/set","issuer":")" + std::string{issuer} + R"("})");
        answer("/set", key.jwks());
        DiscoveredJwks location{issuer, provider.clients()};
        EXPECT_TRUE(read(location)) << issuer;
    }
}

TEST_F(JwksLocationTest, metadata_of_another_issuer_are_refused) {
    answer("/set", key.jwks());
    DiscoveredJwks location{"https://id.example", provider.clients()};
    for (const auto* issuer : {"https://id.example/", "https://evil.example", "", "HTTPS://id.example"}) {
        answer_metadata(issuer, "https://id.example/set");
        EXPECT_EQ(failure_of(location).reason(), "ISSUER_INVALID") << issuer;
    }
    for (const auto* text :
         {"", "[]", R"({"issuer":"https://id.example"})", R"({"issuer":"https://id.example","jwks_uri":1})",
          R"({"issuer":"https://id.example","issuer":"https://id.example","jwks_uri":"https://id.example/set"})"}) {
        answer(kMetadataPath, text);
        EXPECT_EQ(failure_of(location).reason(), "ISSUER_INVALID") << text;
    }
    answer_metadata("https://id.example", "http://169.254.169.254/latest/meta-data");
    EXPECT_EQ(failure_of(location).reason(), "ISSUER_INVALID");
    for (const auto& request : provider.requests) EXPECT_EQ(request, kMetadataPath);
}

TEST_F(JwksLocationTest, a_verifier_uses_keys_that_it_discovers) {
    answer_metadata(kIssuer, "https://id.example/set");
    answer("/set", key.jwks());
    tw::test::QuietTelemetry telemetry;
    const auto keys = std::make_shared<RefreshedKeys>(loop, clock, telemetry.get(), std::string{kIssuer},
                                                      std::make_unique<DiscoveredJwks>(std::string{kIssuer}, provider.clients()));
    use(rules(), keys);
    EXPECT_EQ(fault_with(valid_claims()), "");
    const auto next = SigningKey::rsa("key-2");
    answer("/set", next.jwks());
    EXPECT_EQ(fault_of(next.token(valid_claims())), "");
    EXPECT_EQ(fault_with("jti", "another"), "unknown_key");
    run_until_done(loop, keys->stop());
}

/// An HTTPS server for "localhost" on the loopback interface, with a loop and a thread of its own.
class TlsProvider {
 public:
    explicit TlsProvider(std::string body) : body_{std::move(body)} {
        port_->start(loops_, [this](EventLoop& loop, net::Socket socket) {
            acceptor_.accept(net::make_tcp_stream(loop, std::move(socket)),
                             [this](std::unique_ptr<net::Stream> stream) { server_->serve_stream(std::move(stream)); });
        });
        loops_.start();
    }
    ~TlsProvider() {
        port_->close();
        std::promise<void> ended;
        loop_.post([&] { spawn(gate_, end(ended)); });
        ended.get_future().wait();
        loops_.stop();
    }
    std::string url() const { return "https://localhost:" + std::to_string(port_->local().port) + "/jwks.json"; }
    std::string ca() const { return folder_.ca(); }

 private:
    Task<http::Response> answer() { co_return http::Response{.body = body_}; }
    Task<void> end(std::promise<void>& ended) {
        co_await acceptor_.close();
        const auto deadline = Deadline::after(loop_.now(), 1s);
        co_await server_->drain(deadline);
        ended.set_value();
    }

    std::string body_;
    net::test::CertificateFolder folder_;
    tw::test::QuietTelemetry telemetry_;
    LoopGroup loops_{1};
    EventLoop& loop_ = loops_.at(0);
    std::unique_ptr<net::Listener> port_ = net::Listener::bind({"127.0.0.1", 0}).value();
    net::TlsAcceptor acceptor_{
        loop_, net::TlsContext::make_server({.identities = {folder_.issue("id", {"localhost"})}}).value(), {}, telemetry_.get()};
    std::unique_ptr<http::Server> server_ = http::make_server(
        loop_, {}, telemetry_.get(), [this](const CallContext&, const http::Request&) { return answer(); }, false);
    Gate gate_;
};

TEST_F(JwksLocationTest, keys_are_read_over_tls_from_a_server_that_is_trusted_and_no_other) {
    // This test needs the loopback interface.
    TlsProvider tls_provider{key.jwks()};
    {
        UrlJwks trusted{tls_provider.url(),
                        network_clients(loop, net::TlsContext::make_client({.ca = tls_provider.ca()}).value())};
        const auto text = read(trusted);
        ASSERT_TRUE(text) << text.error().detail() << text.error().cause();
        EXPECT_EQ(*text, key.jwks());
        UrlJwks not_trusted{tls_provider.url(), network_clients(loop)};
        const auto refused = read(not_trusted);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().cause() + refused.error().detail(), HasSubstr("certificate"));
    }
    run_until_done(loop, [](EventLoop& own) -> Task<void> {
        for (int turn = 0; turn < 50; ++turn) co_await hop_to(own);
    }(loop));
}

TEST_F(JwksLocationTest, a_set_is_read_from_a_file_that_changes) {
    const auto path = testing::TempDir() + "tw_auth_jwks_" + std::to_string(getpid()) + ".json";
    FileJwks location{loop, std::make_shared<WorkerPool>(1), path};
    EXPECT_EQ(failure_of(location).code(), Code::unavailable);
    std::ofstream{path} << key.jwks();
    EXPECT_EQ(read(location).value(), key.jwks());
    std::ofstream{path} << "other";
    EXPECT_EQ(read(location).value(), "other");
    std::ofstream{path} << std::string(KeySet::kBytesMax + 1, ' ');
    EXPECT_EQ(failure_of(location).reason(), "INVALID_KEY_SET");
    std::remove(path.c_str());
}

}  // namespace
}  // namespace tw::auth::test
