#pragma once

#include "kit/async/task.hpp"
#include "kit/net/stream.hpp"
#include "kit/net/tls/tls_bytes.hpp"
#include "kit/net/tls/tls_handles.hpp"
#include "kit/net/tls/tls_material.hpp"
#include "kit/net/tls/tls_session_store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::net {

/// One TLS connection over a stream. OpenSSL encrypts and decrypts, and does no I/O itself. Call
/// `shake_hands` first, then read and write. The object lives on while the stream below works for
/// it, since unsent bytes may be left that no caller waits for. Internal to kit/net; TlsStream is
/// the Stream.
class TlsConnection : public std::enable_shared_from_this<TlsConnection> {
 public:
    /// The identity that the peer must have, beside a certificate from a trusted issuer.
    struct PeerRule {
        /// A URI name, or with `prefix` the beginning of one. If it is empty, none is required.
        std::string uri;
        bool prefix = false;
        /// Set when the peer was refused: the reason, for people.
        std::string refusal;
    };
    /// `sessions` is the client's store, or null for a server.
    TlsConnection(std::shared_ptr<const TlsMaterial> material, SslHandle ssl, std::unique_ptr<Stream> inner, PeerRule rule,
                  std::shared_ptr<TlsSessionStore> sessions);
    TlsConnection(const TlsConnection&) = delete;
    TlsConnection& operator=(const TlsConnection&) = delete;

    /// Sets a function that is called when the peer ends the connection because of TLS before
    /// anything was read from it.
    void on_failure(std::function<void(const Address& peer, std::string_view why)> report) { on_failure_ = std::move(report); }

    /// Sets the answer to a client that begins with a letter instead of a handshake; null means no
    /// answer.
    void answer_in_clear(std::function<std::string()> answer) { answer_in_clear_ = std::move(answer); }

    /// Makes the handshake. Fails with UNAVAILABLE, reason TLS_HANDSHAKE_FAILED; the cause says
    /// why.
    Task<Result<void>> shake_hands();
    void start_read(std::span<char> buffer, Stream::Operation& operation);
    void start_write(std::span<const char> bytes, Stream::Operation& operation);
    void close();
    void shutdown_write();

    const Address& peer() const { return inner_->peer(); }
    const TlsSession& session() const { return session_; }

 private:
    Task<Result<void>> exchange_handshake();
    Task<Result<void>> send_handshake();
    Task<void> send_in_clear();
    Error handshake_failure(std::string why) const;
    std::string describe_refusal() const;
    static int verify(int good, X509_STORE_CTX* chain);
    Error broken(std::string why) const;
    Error read_failure();
    Result<void> note_session();

    void pump_read();
    bool decrypt();
    void pull();
    void on_pulled(Result<std::size_t> outcome);
    void end_read(Result<std::size_t> outcome);

    void pump_write();
    bool encrypt();
    void push();
    void on_pushed(Result<std::size_t> outcome);
    void end_write(Result<std::size_t> outcome);
    void say_goodbye();
    bool able_to_say() const;
    /// Keeps this object alive while the stream below works for it.
    void hold();

    std::shared_ptr<const TlsMaterial> material_;
    PeerRule rule_;
    std::shared_ptr<TlsSessionStore> sessions_;
    /// The report of failures; dropped when the first byte was read.
    std::function<void(const Address& peer, std::string_view why)> on_failure_;
    std::function<std::string()> answer_in_clear_;
    bool first_bytes_ = true;
    TlsBytes bytes_;
    SslHandle ssl_;
    std::unique_ptr<Stream> inner_;
    TlsSession session_;
    std::shared_ptr<TlsConnection> self_;

    std::vector<char> in_;
    std::size_t in_bytes_;
    Stream::Operation* reading_ = nullptr;
    std::span<char> into_;
    std::optional<Stream::Operation> inner_read_;
    Stream::Sink on_read_;
    bool pulling_ = false;
    bool pumping_read_ = false;
    /// Reading from the peer is paused, since it causes answers faster than it reads them.
    bool paused_ = false;

    Stream::Operation* writing_ = nullptr;
    std::span<const char> rest_;
    std::size_t size_ = 0;
    std::string sending_;
    std::optional<Stream::Operation> inner_write_;
    Stream::Sink on_written_;
    bool pushing_ = false;
    bool pumping_write_ = false;
    std::optional<Error> write_error_;

    bool ready_ = false;      ///< the handshake is over
    bool broken_ = false;     ///< OpenSSL must not be asked again
    bool finishing_ = false;  ///< shutdown_write was called
    bool said_goodbye_ = false;
    bool finished_ = false;
    bool closed_ = false;
};

/// The Stream of a TlsConnection after its handshake. A peer that ends without close_notify (RFC
/// 8446 §6.1) breaks the connection, since the data that was read may be incomplete.
class TlsStream final : public Stream {
 public:
    explicit TlsStream(std::shared_ptr<TlsConnection> connection) : connection_{std::move(connection)} {}
    ~TlsStream() override { connection_->close(); }

    void close() override { connection_->close(); }
    void shutdown_write() override { connection_->shutdown_write(); }
    const Address& peer() const override { return connection_->peer(); }
    const TlsSession* tls() const override { return &connection_->session(); }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override { connection_->start_read(buffer, operation); }
    void start_write(std::span<const char> bytes, Operation& operation) override { connection_->start_write(bytes, operation); }

    std::shared_ptr<TlsConnection> connection_;
};

}  // namespace tw::net
