#include "kit/http/server/http2_connection.hpp"

#include "kit/http/server/http2_exchange.hpp"

#include <algorithm>
#include <utility>

namespace tw::http {
namespace {

/// How long a client may stay that was told to leave and has no requests.
constexpr std::chrono::seconds kLeaveTimeMax{5};
constexpr std::size_t kBufferedBytesMax = 2 * 1024 * 1024;

net::H2Limits server_h2_limits(const ServerLimits& limits) {
    return {.streams_max = static_cast<std::uint32_t>(limits.streams_max),
            .header_bytes_max = static_cast<std::uint32_t>(limits.header_bytes_max),
            .resets_max = static_cast<std::uint32_t>(limits.resets_max),
            .write_time_max = limits.request_time_max,
            .keepalive = {.time = limits.keepalive_time, .without_streams = true}};
}

}  // namespace

Http2Connection::Http2Connection(ConnectionHost& host, std::unique_ptr<net::Stream> stream, std::string first_bytes)
    : host_{host},
      origin_{*stream},
      connection_{host.loop, std::move(stream), net::H2Session::Side::server, server_h2_limits(host.limits), *this},
      opening_{std::move(opening)},
      idle_{host.loop.timers(), [this] { on_idle(); }},
      age_{host.loop.timers(), [this] { on_age(); }} {}

Task<void> Http2Connection::run() {
    idle_.arm(host_.loop.now() + host_.limits.idle_time_max);
    // The reason for the end of the connection concerns only the client. Abuse has been reported
    // already.
    static_cast<void>(co_await connection_.run(std::move(first_bytes_)));
    idle_.cancel();
    age_.cancel();
    co_await close_and_wait(gate_);
}

Task<void> Http2Connection::refuse() {
    refusing_ = true;
    drain();
    co_await run();
}

void Http2Connection::drain() {
    connection_.session().drain();
    told_to_leave_ = true;
    if (connection_.session().streams() == 0) idle_.arm(host_.loop.now() + kLeaveTimeMax);
}

net::H2Stream* Http2Connection::on_request() {
    if (refusing_) return nullptr;
    idle_.cancel();
    return new Http2Exchange{*this, connection_.received_at()};
}

void Http2Connection::on_stream_gone() {
    if (connection_.session().streams() > 0) return;
    idle_.arm(connection_.received_at() +
              (told_to_leave_ ? std::chrono::milliseconds{kLeaveTimeMax} : host_.limits.idle_time_max));
}

void Http2Connection::on_abuse(std::string_view what) {
    if (!host_.access_log) return;
    host_.telemetry.log.limited(telemetry::Severity::info, "http.rejected",
                                {{"error.type", "HTTP2_ABUSE"}, {"client.address", origin_.attributes->peer}}, what);
}

void Http2Connection::on_idle() {
    if (told_to_leave_) return cut();
    drain();
}

void Http2Connection::on_stream_taken() {
    if (!age_.armed()) age_.arm(connection_.received_at() + host_.limits.connection_age_max);
}

void Http2Connection::on_age() {
    if (std::exchange(aged_, true)) return cut();
    drain();
    age_.arm(host_.loop.now() + host_.limits.connection_grace);
}

bool Http2Connection::may_receive(const Http2Exchange& exchange) const {
    return buffered_bytes_ <= kBufferedBytesMax || (!held_.empty() && held_.front() == &exchange);
}

void Http2Connection::hold(Http2Exchange& exchange) {
    if (std::ranges::find(held_, &exchange) == held_.end()) held_.push_back(&exchange);
}

void Http2Connection::release(Http2Exchange& exchange) {
    buffered_bytes_ -= exchange.buffered_bytes();
    std::erase(held_, &exchange);
    while (!held_.empty() && may_receive(*held_.front())) {
        held_.front()->receive_more();
        // The first exchange continues beyond the budget, and keeps its place for as long as that
        // is so.
        if (buffered_bytes_ > kBufferedBytesMax) break;
        held_.erase(held_.begin());
    }
}

}  // namespace tw::http
