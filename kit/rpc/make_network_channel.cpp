#include "kit/rpc/make_network_channel.hpp"

#include "kit/net/connect.hpp"
#include "kit/net/tls_failure_log.hpp"
#include "kit/rpc/network/network_transport.hpp"

#include <utility>

namespace tw::rpc {

std::unique_ptr<Channel> make_network_channel(EventLoop& loop, const Target& target, const ChannelOptions& options,
                                              telemetry::Telemetry telemetry, std::span<Interceptor* const> interceptors) {
    auto expected = options.tls_target;
    if (expected.host.empty()) expected.host = target.host();
    auto on_failure = options.tls ? net::log_tls_failures(loop, telemetry.log) : net::TlsFailureReport{};
    NetworkTransport::Dependencies dependencies;
    dependencies.connector_to = [&loop, options, expected, on_failure = std::move(on_failure)](const net::Address& address) {
        return net::make_connector(loop, address, options.connect_time_max, options.tls, expected, on_failure);
    };
    if (target.looked_up()) {
        dependencies.lookup = [&loop, host = target.addresses.front()](const CallContext& ctx) {
            return net::resolve(ctx, loop, host);
        };
    }
    dependencies.report.emplace(telemetry, target.name());
    auto transport = std::make_unique<NetworkTransport>(loop, target, options, std::move(dependencies), telemetry.propagators);
    return std::make_unique<CallerChannel>(loop, std::move(transport), telemetry, interceptors);
}

}  // namespace tw::rpc
