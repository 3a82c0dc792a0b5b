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
    // A Unix domain socket has no host name, so its server is expected to have this machine's name.
    if (target.host.empty()) target.host = address.is_local_socket() ? "localhost" : address.host;
    // The client has an address that does not change, since tasks refer to it.
    auto client = std::make_unique<TlsClient>(std::move(tls), std::move(target), std::move(on_failure));
    return [&loop, address = std::move(address), timeout, client = std::move(client)](const CallContext& ctx) {
        return connect_tls(ctx, loop, address, timeout, *client);
    };
}

}  // namespace tw::net
