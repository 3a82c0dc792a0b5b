#include "kit/net/connector.hpp"

#include <utility>

namespace tw::net {

Connector make_connector(EventLoop& loop, Address address, std::chrono::nanoseconds timeout, std::shared_ptr<TlsContext> tls,
                         TlsTarget target, TlsFailureReport on_failure) {
    if (!tls) {
        return [&loop, address = std::move(address), timeout](const CallContext& ctx) {
            return connect(ctx, loop, address, timeout);
        };
    }
    // By name, so that one on a Unix domain socket, which has none, is this machine's.
    if (target.host.empty()) target.host = address.is_local_socket() ? "localhost" : address.host;
    // Has a place of its own, since tasks refer to it.
    auto client = std::make_unique<TlsClient>(std::move(tls), std::move(target), std::move(on_failure));
    return [&loop, address = std::move(address), timeout, client = std::move(client)](const CallContext& ctx) {
        return connect_tls(ctx, loop, address, timeout, *client);
    };
}

}  // namespace tw::net
