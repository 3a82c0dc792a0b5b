#include "kit/net/tls_acceptor.hpp"

#include "kit/net/tls/tls_metrics.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::net {
namespace {

telemetry::Counter counter(telemetry::Meter& meter, const std::string& port, std::string_view outcome) {
    return meter.counter(kTlsHandshakes, {{"tw.tls.port", port}, {"tw.tls.outcome", outcome}});
}

/// Returns the reason without its details about the peer's certificate.
std::string_view kind_of(std::string_view reason) { return reason.substr(0, reason.find(" (")); }

}  // namespace

struct TlsAcceptor::Handshake {
    CancelScope scope;
    bool gave_way = false;
};

TlsAcceptor::TlsAcceptor(EventLoop& loop, std::shared_ptr<const TlsContext> context, TlsAcceptorOptions options,
                         telemetry::Telemetry telemetry)
    : loop_{loop},
      context_{std::move(context)},
      options_{std::move(options)},
      log_{telemetry.log},
      resumed_{counter(telemetry.meter, options_.port, "resumed")},
      full_{counter(telemetry.meter, options_.port, "full")},
      refused_{counter(telemetry.meter, options_.port, "refused")},
      turned_away_{counter(telemetry.meter, options_.port, "turned_away")},
      scope_{loop} {}

void TlsAcceptor::accept(std::unique_ptr<Stream> stream, OnStream on_stream) {
    if (gate_.closed()) return stream->close();
    if (under_way_.size() >= options_.handshakes_max) make_room();
    spawn(gate_, shake_hands(std::move(stream), std::move(on_stream)));
}

void TlsAcceptor::make_room() {
    auto& oldest = *under_way_.front();
    under_way_.pop_front();
    oldest.gave_way = true;
    oldest.scope.cancel(Error{Code::resource_exhausted, "TOO_MANY_HANDSHAKES", "too many TLS handshakes at once"});
}

Task<void> TlsAcceptor::shake_hands(std::unique_ptr<Stream> stream, OnStream on_stream) {
    const auto peer = stream->peer();
    Handshake handshake{CancelScope{loop_, Deadline::after(loop_.now(), options_.handshake_time_max), &scope_}};
    const auto place = under_way_.insert(under_way_.end(), &handshake);
    const CallContext ctx{loop_, handshake.scope};
    auto secured = co_await accept_tls(ctx, *context_, std::move(stream), options_.answer_in_clear);
    // Handshakes that gave way are only counted, since they would fill the log as fast as others
    // connect.
    if (handshake.gave_way) {
        turned_away_.add();
        if (secured) (*secured)->close();
        co_return;
    }
    under_way_.erase(place);
    if (!secured) co_return report(peer, secured.error());
    ((*secured)->tls()->resumed ? resumed_ : full_).add();
    if (gate_.closed()) co_return (*secured)->close();
    on_stream(std::move(*secured));
}

void TlsAcceptor::report(const Address& peer, const Error& why) {
    refused_.add();
    if (gate_.closed()) return;
    const auto& reason = why.cause().empty() ? why.detail() : why.cause();
    log_.limited(telemetry::Severity::warn, "tls.refused",
                 {{"network.peer.address", peer.host},
                  {"tw.tls.port", options_.port},
                  {"error.type", kind_of(reason)},
                  {"error.message", reason}},
                 fmt::format("TLS handshake with {} refused on port {}: {}", peer.host, options_.port, reason));
}

Task<void> TlsAcceptor::close() {
    scope_.cancel(cancelled());
    co_await close_and_wait(gate_);
}

}  // namespace tw::net
