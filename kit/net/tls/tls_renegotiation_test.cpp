#include "kit/net/tls/tls_handles.hpp"
#include "kit/net/tls_fixture.hpp"

#include <gtest/gtest.h>

/// A client of TLS 1.2 that asks for another handshake in the middle of a connection (RFC 9325
/// §3.5). It uses OpenSSL directly, since TlsClient never asks for one.
namespace tw::net {
namespace {

using test::CertificateFolder;

class RawClient {
 public:
    explicit RawClient(std::unique_ptr<Stream> stream) : stream_{std::move(stream)} {
        SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);
        ssl_.reset(SSL_new(context_.get()));
        // The SSL object owns both BIOs.
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl_.get());
    }

    /// Makes a handshake. Returns an empty text after success, otherwise the reason.
    Task<std::string> shake_hands() {
        while (true) {
            ERR_clear_error();
            const int done = SSL_do_handshake(ssl_.get());
            const bool unfinished = done != 1 && SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
            const auto why = done == 1 || unfinished ? std::string{} : take_tls_error();
            co_await send();
            if (!unfinished) co_return why;
            if (!co_await receive()) co_return "the server went away";
        }
    }
    Task<std::string> shake_hands_again() {
        SSL_renegotiate(ssl_.get());
        auto why = co_await shake_hands();
        // The peer may stop reading now.
        stream_->close();
        co_return why;
    }

 private:
    Task<void> send() {
        std::array<char, 4096> bytes;
        while (true) {
            const int size = BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
            if (size <= 0) co_return;
            const std::span<const char> part{bytes.data(), static_cast<std::size_t>(size)};
            static_cast<void>(co_await stream_->write_all(part));
        }
    }
    Task<bool> receive() {
        std::array<char, 4096> bytes;
        const std::span<char> into{bytes};
        const auto got = co_await stream_->read_some(into);
        if (!got || *got == 0) co_return false;
        BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(*got));
        co_return true;
    }

    std::unique_ptr<Stream> stream_;
    SslContextHandle context_{SSL_CTX_new(TLS_client_method())};
    SslHandle ssl_;
};

Task<Result<std::size_t>> hear(Stream& stream) {
    std::array<char, 8> buffer;
    co_return co_await stream.read_some(buffer);
}

TEST(TlsRenegotiation, is_declined) {
    CertificateFolder folder;
    EventLoop loop;
    const auto server = TlsContext::make_server({.identities = {folder.issue("a", {"a"})}}).value();
    {
        auto pair = test::make_socket_pair(loop);
        RawClient client{std::move(pair.client)};
        const RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
        const auto first =
            run_until_done(loop, both(client.shake_hands(), accept_tls(call.context(), *server, std::move(pair.server))));
        ASSERT_EQ(first.first, "");
        ASSERT_TRUE(first.second) << first.second.error().cause();
        EXPECT_EQ((*first.second)->tls()->version, "TLSv1.2");
        const auto [again, heard] = run_until_done(loop, both(client.shake_hands_again(), hear(**first.second)));
        // This is the warning that RFC 5246 has for this. OpenSSL's client ends the connection
        // then; other clients continue.
        EXPECT_EQ(again, "no renegotiation");
        EXPECT_FALSE(heard);
    }
    test::settle(loop);
}

}  // namespace
}  // namespace tw::net
