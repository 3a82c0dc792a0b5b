#include "kit/net/connect.hpp"

#include "kit/async/loop_driver.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/net/network_driver.hpp"
#include "kit/net/sockets/endpoint.hpp"
#include "kit/net/system_error.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tw::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// The state that is shared with the resolver, which cannot be interrupted. If the call is over
/// first, the resolver's answer is ignored.
struct Resolution {
    explicit Resolution(EventLoop& loop) : resolver{loop.io()} {}
    tcp::resolver resolver;
    OneShot<Result<std::vector<Address>>> done;
};

using AnySocket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

Error cannot_connect(const Address& address, std::string cause) {
    return unavailable("no connection to " + address.to_string()).with_cause(std::move(cause));
}

Address to_address(const tcp::endpoint& endpoint) { return {endpoint.address().to_string(), endpoint.port()}; }

/// Whether a TCP socket is connected to itself. That happens if nobody listens and the system gives
/// the socket the very port that it connects to. Such a "connection" would echo what is sent, and
/// keep the port from the server that comes back to it.
bool connected_to_itself(int descriptor, const Address& peer) {
    Endpoint local;
    return ::getsockname(descriptor, local.data(), &local.size) == 0 && local.address() == peer;
}

/// Connects to a Unix domain socket, which succeeds or fails at once. Asio is not used: it would
/// take EAGAIN, which says that the server's queue is full, for a connection that is under way, and
/// later for one that was made.
Result<std::unique_ptr<Stream>> connect_locally(EventLoop& loop, const Address& peer) {
    const auto endpoint = Endpoint::from_literal(peer);
    Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), peer};
    const bool connected = socket.descriptor() >= 0 && ::connect(socket.descriptor(), endpoint->data(), endpoint->size) == 0;
    const int failure = connected ? 0 : errno;
    if (!connected) return unavailable(describe_failure("connect to " + peer.to_string(), failure));
    return make_tcp_stream(loop, std::move(socket));
}

/// Returns the simulation's network, or null outside a simulation that has one.
NetworkDriver* driver_of(const EventLoop& loop) { return dynamic_cast<NetworkDriver*>(loop.driver()); }

/// Tries one address. The caller puts the detail of the error into the cause of its own.
Task<Result<std::unique_ptr<Stream>>> attempt(EventLoop& loop, CancelScope& scope, const Address& peer) {
    if (auto* network = driver_of(loop)) co_return co_await network->connect(loop, scope, peer);
    if (peer.is_local_socket()) co_return connect_locally(loop, peer);
    const auto what = "connect to " + peer.to_string();
    const auto endpoint = Endpoint::from_literal(peer);
    if (!endpoint) co_return unavailable(what + ": not an address");
    AnySocket socket{loop.io()};
    boost::system::error_code error;
    const auto target = asio::generic::stream_protocol::endpoint{endpoint->data(), endpoint->size};
    socket.open({endpoint->family(), 0}, error);
    if (error) co_return unavailable(describe_failure(what, error.value()));

    OneShot<boost::system::error_code> connected;
    const CancelScope::Hook hook{scope, [&socket](const Error&) {
                                     boost::system::error_code ignored;
                                     socket.close(ignored);
                                 }};
    socket.async_connect(target, [&connected](const boost::system::error_code& outcome) { connected.set(outcome); });
    error = co_await connected;
    if (scope.error()) co_return unavailable(what + ": no answer in time");
    if (error) co_return unavailable(describe_failure(what, error.value()));

    if (connected_to_itself(socket.native_handle(), peer)) {
        socket.set_option(asio::socket_base::linger{true, 0}, error);  // frees the port at once
        co_return unavailable(describe_failure(what, ECONNREFUSED));
    }
    const int on = 1;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int descriptor = socket.release(error);
    if (error) co_return unavailable(describe_failure(what, error.value()));
    co_return make_tcp_stream(loop, Socket{descriptor, peer});
}

}  // namespace

Task<Result<std::vector<Address>>> resolve(const CallContext& ctx, EventLoop& loop, const Address& address) {
    if (ctx.over()) co_return *ctx.over();
    if (Endpoint::from_literal(address)) co_return std::vector{address};
    if (auto* network = driver_of(loop)) co_return co_await network->resolve(ctx, loop, address);

    auto resolution = std::make_shared<Resolution>(loop);
    const CancelScope::Hook hook{ctx.scope(), [resolution](const Error& why) {
                                     if (!resolution->done.is_set()) resolution->done.set(why);
                                 }};
    resolution->resolver.async_resolve(
        address.host, std::to_string(address.port),
        [resolution, address](const boost::system::error_code& error, const tcp::resolver::results_type& results) {
            if (resolution->done.is_set()) return;
            if (error) return resolution->done.set(cannot_connect(address, "resolve " + address.host + ": " + error.message()));
            std::vector<Address> found;
            for (const auto& entry : results) found.push_back(to_address(entry.endpoint()));
            if (found.empty()) return resolution->done.set(cannot_connect(address, "the name has no address"));
            resolution->done.set(std::move(found));
        });
    co_return co_await resolution->done;
}

Task<Result<std::unique_ptr<Stream>>> connect(const CallContext& ctx, EventLoop& loop, const Address& address,
                                              std::chrono::nanoseconds timeout) {
    if (ctx.over()) co_return *ctx.over();
    const auto deadline = Deadline::after(loop.now(), timeout);
    CancelScope whole{loop, deadline, &ctx.scope()};
    const auto inner = ctx.with_scope(whole);
    auto found = co_await resolve(inner, loop, address);
    if (ctx.over()) co_return *ctx.over();
    if (whole.error()) co_return cannot_connect(address, "resolve " + address.host + ": no answer in time");
    if (!found) co_return std::move(found).error();

    std::string causes;
    for (std::size_t i = 0; i < found->size() && !whole.error(); ++i) {
        // Each address gets its share of the time, so that a host that drops packets leaves time
        // for those after it.
        const auto share = deadline.remaining(loop.now()) / static_cast<std::int64_t>(found->size() - i);
        CancelScope one{loop, Deadline::after(loop.now(), share), &whole};
        if (one.error()) break;
        auto stream = co_await attempt(loop, one, (*found)[i]);
        if (stream) co_return stream;
        if (ctx.over()) co_return *ctx.over();
        causes += (causes.empty() ? "" : "; ") + stream.error().detail();
    }
    co_return cannot_connect(address, std::move(causes));
}

}  // namespace tw::net
