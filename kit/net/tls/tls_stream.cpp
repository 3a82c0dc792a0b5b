#include "kit/net/tls/tls_stream.hpp"

#include "kit/net/tls/tls_failure.hpp"

#include <algorithm>
#include <utility>

namespace tw::net {
namespace {

/// A connection uses a small read buffer while little data comes, since there may be thousands of
/// idle connections. Otherwise it reads a whole record at once.
constexpr std::size_t kTlsReadBytesFirst = 2 * 1024;
constexpr std::size_t kTlsReadBytesMax = 18 * 1024;
/// How many bytes are encrypted before they are sent. It is about what a socket takes at once.
constexpr std::size_t kTlsWriteBytesMax = 64 * 1024;
/// A buffer larger than this is freed when there is nothing to send.
constexpr std::size_t kTlsIdleWriteBytes = 4 * 1024;
/// How many bytes of answers to the peer's own requests (key updates) may wait before reading from
/// it stops.
constexpr std::size_t kAnswerBytesMax = 16 * 1024;

}  // namespace

TlsConnection::TlsConnection(std::shared_ptr<const TlsMaterial> material, SslHandle ssl, std::unique_ptr<Stream> inner,
                             PeerRule rule, std::shared_ptr<TlsSessionStore> sessions)
    : material_{std::move(material)},
      rule_{std::move(rule)},
      sessions_{std::move(sessions)},
      ssl_{std::move(ssl)},
      inner_{std::move(inner)},
      in_bytes_{kTlsReadBytesFirst},
      on_read_{[this](Result<std::size_t> outcome) { on_pulled(std::move(outcome)); }},
      on_written_{[this](Result<std::size_t> outcome) { on_pushed(std::move(outcome)); }} {
    auto* const bio = bytes_.make_bio();
    SSL_set_bio(ssl_.get(), bio, bio);
    if (sessions_) sessions_->attach(*ssl_);
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_verify(ssl_.get(), SSL_get_verify_mode(ssl_.get()), &verify);
}

void TlsConnection::hold() { self_ = pulling_ || pushing_ ? shared_from_this() : nullptr; }

Error TlsConnection::broken(std::string why) const {
    return unavailable("the connection broke").with_cause("TLS with " + peer().to_string() + ": " + std::move(why));
}

void TlsConnection::start_read(std::span<char> buffer, Stream::Operation& operation) {
    if (closed_) return operation.complete(cancelled());
    reading_ = &operation;
    into_ = buffer;
    pump_read();
}

void TlsConnection::pump_read() {
    if (std::exchange(pumping_read_, true)) return;
    const auto keep = shared_from_this();
    while (reading_ != nullptr && !pulling_ && !paused_) {
        if (closed_) {
            end_read(cancelled());
        } else if (!decrypt()) {
            pull();
        }
    }
    pumping_read_ = false;
}

/// Decrypts the next bytes. Returns false if more input is needed first.
bool TlsConnection::decrypt() {
    if (broken_) {
        end_read(broken("it broke before"));
        return true;
    }
    ERR_clear_error();
    std::size_t count = 0;
    const int done = SSL_read_ex(ssl_.get(), into_.data(), into_.size(), &count);
    const int problem = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
    std::optional<Error> failure;
    if (problem != SSL_ERROR_NONE && problem != SSL_ERROR_WANT_READ && problem != SSL_ERROR_ZERO_RETURN) failure = read_failure();
    // The output consists of alerts and answers to key updates.
    if (!bytes_.out.empty()) pump_write();
    if (problem == SSL_ERROR_WANT_READ) return false;
    if (problem == SSL_ERROR_NONE) {
        on_failure_ = nullptr;
        end_read(count);
    } else if (problem == SSL_ERROR_ZERO_RETURN) {
        end_read(std::size_t{0});
    } else {
        end_read(std::move(*failure));
    }
    return true;
}

/// Returns the error of a failed read. A server of TLS 1.3 refuses a client's certificate at this
/// point, after the client's handshake (RFC 8446 §4.4.2.4).
Error TlsConnection::read_failure() {
    broken_ = true;
    if (bytes_.ended) return broken("the peer ended it without close_notify");
    const auto why = take_tls_failure();
    const auto report = std::exchange(on_failure_, nullptr);
    if (!report) return broken(why);
    report(peer(), why);
    return handshake_failure(why);
}

void TlsConnection::pull() {
    if (bytes_.out.size() > kAnswerBytesMax) {
        paused_ = true;
        return;
    }
    in_.resize(in_bytes_);
    if (in_.capacity() > in_bytes_) in_.shrink_to_fit();
    pulling_ = true;
    hold();
    inner_read_.emplace(*inner_, in_, std::span<const char>{}, on_read_);
    inner_read_->begin();
}

void TlsConnection::on_pulled(Result<std::size_t> outcome) {
    const auto keep = shared_from_this();
    pulling_ = false;
    hold();
    if (closed_) outcome = cancelled();
    if (!outcome) return reading_ != nullptr ? end_read(std::move(outcome).error()) : void();
    bytes_.in = {in_.data(), *outcome};
    bytes_.ended = *outcome == 0;
    in_bytes_ = *outcome == in_.size() ? kTlsReadBytesMax : *outcome <= kTlsReadBytesFirst ? kTlsReadBytesFirst : in_bytes_;
    pump_read();
}

void TlsConnection::end_read(Result<std::size_t> outcome) { std::exchange(reading_, nullptr)->complete(std::move(outcome)); }

void TlsConnection::start_write(std::span<const char> bytes, Stream::Operation& operation) {
    if (closed_ || finishing_) return operation.complete(cancelled());
    writing_ = &operation;
    rest_ = bytes;
    size_ = bytes.size();
    pump_write();
}

void TlsConnection::pump_write() {
    if (std::exchange(pumping_write_, true)) return;
    const auto keep = shared_from_this();
    while (!pushing_ && !closed_) {
        if (write_error_ || broken_) bytes_.out.clear();
        if (writing_ != nullptr && write_error_) {
            end_write(*write_error_);
        } else if (writing_ != nullptr && !rest_.empty() && !encrypt()) {
            end_write(broken(take_tls_error()));
        } else if (!bytes_.out.empty()) {
            push();
        } else if (writing_ != nullptr) {
            end_write(size_);
        } else {
            break;
        }
    }
    pumping_write_ = false;
    if (pushing_) return;
    if (closed_ && writing_ != nullptr) end_write(cancelled());
    if (finishing_ && !closed_) say_goodbye();
    if (std::exchange(paused_, false)) pump_read();
}

bool TlsConnection::encrypt() {
    if (broken_) return false;
    ERR_clear_error();
    while (!rest_.empty() && bytes_.out.size() < kTlsWriteBytesMax) {
        std::size_t count = 0;
        if (SSL_write_ex(ssl_.get(), rest_.data(), std::min<std::size_t>(rest_.size(), SSL3_RT_MAX_PLAIN_LENGTH), &count) != 1) {
            broken_ = true;
            return false;
        }
        rest_ = rest_.subspan(count);
    }
    return true;
}

void TlsConnection::push() {
    std::swap(sending_, bytes_.out);
    bytes_.out.clear();
    pushing_ = true;
    hold();
    inner_write_.emplace(*inner_, std::span<char>{}, std::span<const char>{sending_}, on_written_);
    inner_write_->begin();
}

void TlsConnection::on_pushed(Result<std::size_t> outcome) {
    const auto keep = shared_from_this();
    pushing_ = false;
    hold();
    if (!outcome) write_error_ = std::move(outcome).error();
    const bool idle = rest_.empty() && bytes_.out.empty();
    if (idle && sending_.capacity() > kTlsIdleWriteBytes) {
        std::string{}.swap(sending_);
        std::string{}.swap(bytes_.out);
    } else {
        sending_.clear();
    }
    pump_write();
}

void TlsConnection::end_write(Result<std::size_t> outcome) {
    rest_ = {};
    std::exchange(writing_, nullptr)->complete(std::move(outcome));
}

void TlsConnection::shutdown_write() {
    if (std::exchange(finishing_, true) || closed_) return;
    pump_write();
}

/// Called after the last byte: sends close_notify, and then ends the output of the stream below.
void TlsConnection::say_goodbye() {
    if (!std::exchange(said_goodbye_, true) && able_to_say()) {
        SSL_shutdown(ssl_.get());
        if (!bytes_.out.empty()) return push();
    }
    if (!std::exchange(finished_, true)) inner_->shutdown_write();
}

bool TlsConnection::able_to_say() const {
    ERR_clear_error();
    return ready_ && !broken_ && !write_error_;
}

void TlsConnection::close() {
    if (std::exchange(closed_, true)) return;
    const auto keep = shared_from_this();
    if (!pushing_ && !std::exchange(said_goodbye_, true) && able_to_say()) {
        // If the socket does not take the message at once, it is not waited for.
        SSL_shutdown(ssl_.get());
        if (!bytes_.out.empty()) push();
    }
    inner_->close();
}

}  // namespace tw::net
