#include "services/console/ports.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/reasons.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

constexpr std::uint16_t kPagePortsTried = 10;

bool is_default(const runtime::Config& config, std::string_view key) { return config.entry(key).origin == "default"; }

Result<net::Address> address_of(const runtime::Config& config, std::string_view key) {
    const auto address = runtime::planned_address(config, key);
    const auto published = runtime::runtime_settings(config).published_at;
    const bool on_loopback = !published.empty() && net::Address{published, 0}.is_loopback();
    const bool dev = runtime::profile_of(config) == runtime::Profile::dev;
    if (address.is_loopback() || (dev && on_loopback)) return address;
    return Error{Code::invalid_argument, tw::reason::kInsecure,
                 fmt::format("{} is {}: the console has no access control, so it listens on loopback only; set {} to "
                             "127.0.0.1:PORT",
                             key, address.to_string(), config.variable(key))};
}

Error with_hint(Error error, const runtime::Config& config, std::string_view key) {
    auto detail = fmt::format("{} ({}); set {}", error.detail(), key, config.variable(key));
    return std::move(error).with_detail(std::move(detail));
}

Result<std::unique_ptr<net::Listener>> bind_page(const runtime::Config& config) {
    constexpr std::string_view kKey = "console.address";
    auto address = address_of(config, kKey);
    if (!address) return std::move(address).error();
    auto bound = net::Listener::bind(*address);
    if (!is_default(config, kKey) || address->port == 0) {
        if (!bound) return with_hint(std::move(bound).error(), config, kKey);
        return bound;
    }
    for (std::uint16_t next = 1; !bound && next < kPagePortsTried; ++next) {
        bound = net::Listener::bind({address->host, static_cast<std::uint16_t>(address->port + next)});
    }
    if (!bound) bound = net::Listener::bind({address->host, 0});
    return bound;
}

/// Binds a port for OTLP, and adds it to the receivers.
Result<std::unique_ptr<net::Listener>> bind_receiver(const runtime::Config& config, std::string_view key, std::string_view name,
                                                     std::vector<::console::Receiver>& receivers) {
    auto address = address_of(config, key);
    if (!address) return std::move(address).error();
    auto& receiver = receivers.emplace_back();
    receiver.set_name(std::string{name});
    receiver.set_address(address->to_string());
    auto bound = net::Listener::bind(*address);
    if (bound) {
        receiver.set_address((*bound)->local().to_string());
        return bound;
    }
    if (!is_default(config, key)) return with_hint(std::move(bound).error(), config, key);
    receiver.set_problem(fmt::format("{}; set {} to another port", bound.error().detail(), key));
    return std::unique_ptr<net::Listener>{};
}

}  // namespace

Result<Ports> bind_ports(const runtime::Config& config) {
    Ports ports;
    auto page = bind_page(config);
    if (!page) return std::move(page).error();
    ports.page = std::move(*page);
    auto grpc = bind_receiver(config, "console.otlp_grpc_address", "OTLP/gRPC", ports.receivers);
    if (!grpc) return std::move(grpc).error();
    ports.otlp_grpc = std::move(*grpc);
    auto http = bind_receiver(config, "console.otlp_http_address", "OTLP/HTTP", ports.receivers);
    if (!http) return std::move(http).error();
    ports.otlp_http = std::move(*http);
    return ports;
}

}  // namespace tw::console
