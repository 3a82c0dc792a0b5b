#include "kit/http/client/client_http2.hpp"

#include "kit/http/client/client_http2_exchange.hpp"

#include <algorithm>
#include <utility>

namespace tw::http {
namespace {

/// Bodies are collected in memory anyway, so a window as large as most of them costs nothing and
/// saves round trips.
constexpr std::uint32_t kStreamWindowBytes = 256 * 1024;
constexpr std::string_view kBroken = "the server broke HTTP/2";

net::H2Limits client_h2_limits(const ClientOptions& options) {
    return {.stream_window_bytes = kStreamWindowBytes,
            .header_bytes_max = static_cast<std::uint32_t>(options.header_bytes_max),
            .keepalive = {.time = options.keepalive_time, .timeout = options.keepalive_timeout}};
}

}  // namespace

ClientHttp2::ClientHttp2(EventLoop& loop, std::unique_ptr<net::Stream> stream, const ClientOptions& options,
                         const std::string& authority, std::size_t streams_max)
    : loop_{loop},
      options_{options},
      authority_{authority},
      born_{loop.now()},
      streams_guess_{streams_max},
      idle_{loop.timers(), [this] { leave_and_tell(); }},
      connection_{loop, std::move(stream), net::H2Session::Side::client, client_h2_limits(options), *this} {
    idle_.arm(born_ + options.idle_time_max);
}

Task<void> ClientHttp2::run() {
    // Each request reports why the connection ended.
    static_cast<void>(co_await connection_.run());
    leaving_ = true;
    idle_.cancel();
}

Task<ClientAttempt> ClientHttp2::exchange(const CallContext& ctx, const ClientMessage& message) {
    const bool reused = std::exchange(used_, true);
    ClientHttp2Exchange stream{ctx, options_, authority_, message};
    if (!stream.start(connection_.session())) {
        // The connection has ended meanwhile: the server closed it, or sent something invalid.
        auto why = leaving_ ? gone(authority_, "the connection takes no more requests")
                            : malformed(authority_, abuse_.value_or(std::string{kBroken}));
        leave_and_tell();
        co_return ClientAttempt{std::move(why), Reach::unsent, reused};
    }
    if (!stream.ended()) co_await stream.end();
    if (!stream.lost()) co_return ClientAttempt{stream.take_outcome(), stream.reach(), reused};
    // The pool does not know yet, and another attempt must not use this connection.
    leave_and_tell();
    if (const auto wrong = fault()) co_return ClientAttempt{malformed(authority_, *wrong), Reach::answered, reused};
    co_return ClientAttempt{gone(authority_, "the connection ended early"), stream.reach(), reused};
}

void ClientHttp2::take_place() {
    ++places_;
    idle_.cancel();
}

void ClientHttp2::give_place() {
    --places_;
    if (places_ > 0) return;
    if (leaving_) return leave();
    idle_.arm(loop_.now() + options_.idle_time_max);
}

std::size_t ClientHttp2::streams_max() {
    const auto allowed = streams_guess_ ? *streams_guess_ : connection_.session().remote_streams_max();
    return std::min(allowed, options_.streams_max);
}

void ClientHttp2::leave() {
    leaving_ = true;
    idle_.cancel();
    if (places_ == 0 && !std::exchange(closing_, true)) connection_.session().terminate(net::H2Code::no_error, "");
}

void ClientHttp2::leave_and_tell() {
    leave();
    tell();
}

void ClientHttp2::close() {
    leaving_ = closing_ = true;
    changed_ = nullptr;
    idle_.cancel();
    connection_.close();
}

void ClientHttp2::on_goaway(net::H2Code /*code*/, std::string_view /*debug*/) { leave_and_tell(); }

void ClientHttp2::on_settings() {
    streams_guess_.reset();
    tell();
}

void ClientHttp2::on_abuse(std::string_view what) {
    if (!closing_) abuse_ = what;
}

void ClientHttp2::tell() {
    if (changed_) changed_();
}

std::optional<std::string> ClientHttp2::fault() {
    if (closing_) return std::nullopt;
    if (abuse_) return abuse_;
    // The session ended the connection because the server broke the protocol.
    if (connection_.session().done()) return std::string{kBroken};
    return std::nullopt;
}

}  // namespace tw::http
