#include "kit/net/tls/tls_handshake.hpp"

#include "kit/net/connect.hpp"
#include "kit/net/tls/tls_failure.hpp"
#include "kit/net/tls/tls_stream.hpp"

#include <algorithm>
#include <ctime>
#include <openssl/x509v3.h>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tw::net {
namespace {

Error cannot_begin(const Stream& stream) {
    return unavailable("TLS connection failed with " + stream.peer().to_string()).with_cause("OpenSSL: " + take_tls_error());
}

Task<Result<std::unique_ptr<Stream>>> shake_hands(const CallContext& ctx, std::shared_ptr<TlsConnection> connection) {
    Result<void> done;
    {
        const CancelScope::Hook hook{ctx.scope(), [&connection](const Error&) { connection->close(); }};
        done = co_await connection->shake_hands();
    }
    if (done && !ctx.over()) co_return std::make_unique<TlsStream>(std::move(connection));
    connection->close();
    if (ctx.over()) co_return *ctx.over();
    co_return std::move(done).error();
}

std::string text_or(const char* text) { return text == nullptr ? "" : text; }

bool is_host_name(const std::string& host) {
    ASN1_OCTET_STRING* const literal = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(literal);
    ERR_clear_error();
    return literal == nullptr;
}

bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/// Sets the host that the certificate must be valid for, and the name that is sent to the server.
bool expect_host(SSL* ssl, const TlsTarget& target) {
    const bool name = is_host_name(target.host);
    if (name && SSL_set_tlsext_host_name(ssl, target.host.c_str()) != 1) return false;
    if (!target.uri.empty()) return true;
    if (!name) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), target.host.c_str()) == 1;
    // The subject is ignored, although older certificates have the name there (RFC 9525 §2).
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, target.host.c_str()) == 1;
}

}  // namespace

TlsClient::TlsClient(std::shared_ptr<TlsContext> context, TlsTarget target, TlsFailureReport on_failure)
    : context_{std::move(context)},
      target_{std::move(target)},
      sessions_{std::make_shared<TlsSessionStore>()},
      on_failure_{std::move(on_failure)} {}

Task<Result<std::unique_ptr<Stream>>> TlsClient::secure(const CallContext& ctx, std::unique_ptr<Stream> stream) {
    if (ctx.over()) co_return *ctx.over();
    auto material = context_->material();
    SslHandle ssl{SSL_new(material->context())};
    if (!ssl || !expect_host(ssl.get(), target_)) co_return cannot_begin(*stream);
    SSL_set_connect_state(ssl.get());
    SSL_set_verify(ssl.get(), SSL_VERIFY_PEER, nullptr);
    if (auto* const session = sessions_->find(material->context())) SSL_set_session(ssl.get(), session);
    TlsConnection::PeerRule rule{.uri = target_.uri};
    const auto peer = stream->peer();
    auto connection =
        std::make_shared<TlsConnection>(std::move(material), std::move(ssl), std::move(stream), std::move(rule), sessions_);
    connection->on_failure(on_failure_);
    auto secured = co_await shake_hands(ctx, std::move(connection));
    if (secured) co_return secured;
    sessions_->forget();
    if (!ctx.over() && on_failure_) on_failure_(peer, secured.error().cause());
    co_return secured;
}

Task<Result<std::unique_ptr<Stream>>> accept_tls(const CallContext& ctx, const TlsContext& context,
                                                 std::unique_ptr<Stream> stream, TlsAnswerInClear answer_in_clear) {
    if (ctx.over()) co_return *ctx.over();
    auto material = context.material();
    SslHandle ssl{SSL_new(material->context())};
    if (!ssl) co_return cannot_begin(*stream);
    SSL_set_accept_state(ssl.get());
    if (material->asks_for_certificate()) SSL_set_verify(ssl.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    TlsConnection::PeerRule rule{.uri = material->peer_uri_prefix(), .prefix = true};
    auto connection =
        std::make_shared<TlsConnection>(std::move(material), std::move(ssl), std::move(stream), std::move(rule), nullptr);
    connection->answer_in_clear(std::move(answer_in_clear));
    co_return co_await shake_hands(ctx, std::move(connection));
}

Task<Result<std::unique_ptr<Stream>>> connect_tls(const CallContext& ctx, EventLoop& loop, const Address& address,
                                                  std::chrono::nanoseconds timeout, TlsClient& client) {
    CancelScope scope{loop, Deadline::after(loop.now(), timeout), &ctx.scope()};
    auto stream = co_await connect(ctx, loop, address, timeout);
    if (!stream) co_return stream;
    const auto inner = ctx.with_scope(scope);
    auto secured = co_await client.secure(inner, std::move(*stream));
    if (ctx.over()) co_return *ctx.over();
    if (secured || !scope.error()) co_return secured;
    co_return unavailable("no connection to " + address.to_string()).with_cause("the TLS handshake took too long");
}

int TlsConnection::verify(int good, X509_STORE_CTX* chain) {
    auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& rule = static_cast<TlsConnection*>(SSL_get_app_data(ssl))->rule_;
    const auto* const certificate = X509_STORE_CTX_get_current_cert(chain);
    const auto refuse = [&](std::string why) {
        const auto described = certificate == nullptr ? TlsCertificate{} : describe_certificate(*certificate);
        rule.refusal = fmt::format("the peer's certificate is not accepted: {} ({} {})", why, described.subject,
                                   fmt::join(described.uris, " "));
        return 0;
    };
    if (good != 1) return refuse(X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
    if (rule.uri.empty() || certificate == nullptr || X509_STORE_CTX_get_error_depth(chain) > 0) return 1;
    const auto fits = [&rule](const std::string& uri) { return rule.prefix ? uri.starts_with(rule.uri) : uri == rule.uri; };
    if (std::ranges::any_of(uri_names(*certificate), fits)) return 1;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    return refuse(fmt::format("it has no URI name {}{}", rule.uri, rule.prefix ? "…" : ""));
}

Error TlsConnection::handshake_failure(std::string why) const {
    return Error{Code::unavailable, "TLS_HANDSHAKE_FAILED", "TLS connection failed with " + peer().to_string()}.with_cause(
        std::move(why));
}

std::string TlsConnection::describe_refusal() const {
    auto said = take_tls_failure();
    if (!rule_.refusal.empty()) return rule_.refusal;
    return bytes_.ended ? "the peer went away" : said;
}

Task<Result<void>> TlsConnection::shake_hands() {
    auto done = co_await exchange_handshake();
    if (!done) {
        broken_ = true;
        co_return std::move(done).error();
    }
    if (auto noted = note_session(); !noted) co_return std::move(noted).error();
    ready_ = true;
    co_return Result<void>{};
}

Task<Result<void>> TlsConnection::exchange_handshake() {
    while (true) {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_.get());
        const int problem = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
        const bool failed = problem != SSL_ERROR_NONE && problem != SSL_ERROR_WANT_READ;
        const auto why = failed ? describe_refusal() : std::string{};
        auto sent = co_await send_handshake();
        if (failed) co_return handshake_failure(why);
        if (!sent) co_return handshake_failure(sent.error().cause().empty() ? sent.error().detail() : sent.error().cause());
        if (problem == SSL_ERROR_NONE) co_return Result<void>{};
        in_.resize(in_bytes_);
        auto got = co_await inner_->read_some(in_);
        if (!got) co_return handshake_failure(got.error().cause().empty() ? got.error().detail() : got.error().cause());
        bytes_.in = {in_.data(), *got};
        bytes_.ended = *got == 0;
        if (std::exchange(first_bytes_, false) && answer_in_clear_ && *got > 0 && is_letter(in_.front())) {
            co_await send_in_clear();
            co_return handshake_failure("the peer does not speak TLS (http request)");
        }
    }
}

/// Sends the answer, and reads the rest of the request, since the system would drop the answer if
/// the connection were closed before (RFC 9112 §9.6). The time limit of the handshake bounds this.
Task<void> TlsConnection::send_in_clear() {
    constexpr std::size_t kRestBytesMax = 1024 * 1024;
    const auto answer = answer_in_clear_();
    const auto written = co_await inner_->write_all(answer);
    if (!written) co_return;
    inner_->shutdown_write();
    for (std::size_t rest = 0; rest < kRestBytesMax;) {
        const auto got = co_await inner_->read_some(in_);
        if (!got || *got == 0) co_return;
        rest += *got;
    }
}

Task<Result<void>> TlsConnection::send_handshake() {
    if (bytes_.out.empty()) co_return Result<void>{};
    const auto out = std::exchange(bytes_.out, {});
    const auto sent = co_await inner_->write_all(out);
    if (!sent) co_return sent.error();
    co_return Result<void>{};
}

Result<void> TlsConnection::note_session() {
    const auto* const ssl = ssl_.get();
    const unsigned char* protocol = nullptr;
    unsigned protocol_bytes = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &protocol_bytes);
    session_.alpn.assign(reinterpret_cast<const char*>(protocol), protocol_bytes);
    session_.version = text_or(SSL_get_version(ssl));
    session_.cipher = text_or(SSL_get_cipher_name(ssl));
    session_.server_name = text_or(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    session_.resumed = SSL_session_reused(ssl) == 1;
    const auto* const certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) return {};
    // The certificate that was verified when the session began may have expired since.
    if (session_.resumed && X509_cmp_time(X509_get0_notAfter(certificate), nullptr) < 0)
        return handshake_failure("certificate has expired (" + describe_certificate(*certificate).subject + ")");
    session_.peer_uris = uri_names(*certificate);
    return {};
}

}  // namespace tw::net
