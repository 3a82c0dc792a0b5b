#include "kit/http/server/http2_connection.hpp"

#include "kit/http/server/http2_exchange.hpp"

#include <algorithm>
#include <utility>

namespace tw::http {
namespace {

constexpr std::size_t kBufferedBytesMax = 2 * 1024 * 1024;

net::H2ServedOptions served_options(const ServerLimits& limits) {
    return {.limits = {.streams_max = static_cast<std::uint32_t>(limits.streams_max),
                       .header_bytes_max = static_cast<std::uint32_t>(limits.header_bytes_max),
                       .resets_max = static_cast<std::uint32_t>(limits.resets_max),
                       .write_time_max = limits.request_time_max,
                       .keepalive = {.time = limits.keepalive_time, .without_streams = true}},
            .idle_time_max = limits.idle_time_max,
            .header_time_max = limits.header_time_max,
            .age_max = limits.connection_age_max,
            .age_grace = limits.connection_grace,
            // Connections that only have requests have no age, since requests are short.
            .age_from_start = false};
}

}  // namespace

Http2Connection::Http2Connection(ConnectionHost& host, std::unique_ptr<net::Stream> stream, std::string first_bytes)
    : host_{host},
      origin_{*stream, host.edge.proxies},
      connection_{host.loop, std::move(stream), served_options(host.limits), host.random, *this},
      first_bytes_{std::move(first_bytes)} {}

Task<void> Http2Connection::run() {
    // The reason for the end of the connection concerns only the client. Abuse has been reported
    // already.
    static_cast<void>(co_await connection_.run(std::move(first_bytes_)));
    co_await close_and_wait(gate_);
}

Task<void> Http2Connection::refuse() {
    refusing_ = true;
    drain();
    co_await run();
}

void Http2Connection::drain() {
    draining_ = true;
    connection_.drain();
    // An exchange leaves the list when its stream ends.
    const auto streaming = streaming_;
    for (auto* const exchange : streaming) exchange->end_stream_for_drain();
}

net::H2Stream* Http2Connection::on_request(SteadyTime now) { return refusing_ ? nullptr : new Http2Exchange{*this, now}; }

void Http2Connection::on_abuse(std::string_view what) {
    if (!host_.access_log) return;
    host_.telemetry.log.limited(telemetry::Severity::info, "http.rejected",
                                {{"error.type", "HTTP2_ABUSE"}, {"client.address", origin_.peer.attributes->peer}}, what);
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
