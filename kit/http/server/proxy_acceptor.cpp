#include "kit/http/proxy_acceptor.hpp"

#include "kit/async/timer_wheel.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/server/proxied_stream.hpp"
#include "kit/http/server/proxy_protocol.hpp"

#include <array>
#include <span>
#include <string>
#include <utility>

namespace tw::http {
namespace {

/// Fills `space` from the stream. Returns whether that succeeded.
Task<bool> read_whole(net::Stream& stream, std::span<char> space) {
    while (!space.empty()) {
        const auto count = co_await stream.read_some(space);
        if (!count || *count == 0) co_return false;
        space = space.subspan(*count);
    }
    co_return true;
}

Error incomplete() {
    return {Code::invalid_argument, reason::kProxyProtocol,
            "the connection of a trusted proxy ended before its header of the PROXY protocol"};
}

}  // namespace

void ProxyAcceptor::accept(std::unique_ptr<net::Stream> stream, OnStream on_stream) {
    if (gate_.closed()) return stream->close();
    spawn(gate_, introduce(std::move(stream), std::move(on_stream)));
}

Task<void> ProxyAcceptor::introduce(std::unique_ptr<net::Stream> stream, OnStream on_stream) {
    const auto proxy = stream->peer().host;
    auto& waiting = *stream;
    const auto place = waiting_.insert(waiting_.end(), &waiting);
    Timer late{loop_.timers(), [&waiting] { waiting.close(); }};
    late.arm(loop_.now() + header_time_max_);
    auto reading = read_header(std::move(stream));
    auto client = co_await std::move(reading);
    late.cancel();
    waiting_.erase(place);
    if (client && !gate_.closed()) co_return on_stream(std::move(*client));
    if (client) co_return (*client)->close();
    if (gate_.closed()) co_return;
    log_.limited(telemetry::Severity::info, "http.rejected", {{"error.type", client.error().reason()}, {"client.address", proxy}},
                 client.error().detail());
}

Task<Result<std::unique_ptr<net::Stream>>> ProxyAcceptor::read_header(std::unique_ptr<net::Stream> stream) {
    std::array<char, kProxyHeadBytes> fixed{};
    const std::span<char> fixed_space{fixed};
    const bool got_fixed = co_await read_whole(*stream, fixed_space);
    if (!got_fixed) co_return incomplete();
    const auto head = read_proxy_head({fixed.data(), fixed.size()});
    if (!head) co_return head.error();
    std::string rest(head->rest_bytes, '\0');
    const std::span<char> rest_space{rest};
    const bool got_rest = co_await read_whole(*stream, rest_space);
    if (!got_rest) co_return incomplete();
    auto client = read_proxied_address(*head, rest);
    if (!client) co_return std::move(client).error();
    if (!*client) co_return stream;
    std::unique_ptr<net::Stream> proxied = std::make_unique<ProxiedStream>(std::move(stream), std::move(**client));
    co_return proxied;
}

Task<void> ProxyAcceptor::close() {
    for (auto* const stream : waiting_) stream->close();
    co_await close_and_wait(gate_);
}

}  // namespace tw::http
