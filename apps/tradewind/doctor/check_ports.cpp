#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/async/run.hpp"
#include "kit/cli/reachable.hpp"
#include "kit/http/client.hpp"
#include "kit/net/listener.hpp"
#include "kit/net/reasons.hpp"
#include "kit/runtime/listening.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::chrono::seconds kPortTimeMax{1};

/// Returns the version in the body of the page /version of the HTTP port or the operations port.
std::optional<std::string> version_in(std::string_view body) {
    constexpr std::string_view kEnd = R"("})";
    for (const std::string_view begin : {R"({"name":"tradewind","version":")", R"({"version":")"}) {
        if (!body.starts_with(begin) || !body.ends_with(kEnd)) continue;
        return std::string{body.substr(begin.size(), body.size() - begin.size() - kEnd.size())};
    }
    return std::nullopt;
}

Task<std::optional<std::string>> ask_version(EventLoop& loop, http::Url url) {
    const auto client = http::Client::make(loop, url);
    if (!client) co_return std::nullopt;
    RootCall call{loop, Deadline::after(loop.now(), kPortTimeMax)};
    http::ClientRequest request;
    request.target = url.target;
    const auto answer = co_await (*client)->send(call.context(), std::move(request));
    if (!answer || answer->status != 200) co_return std::nullopt;
    co_return version_in(answer->body);
}

/// Returns the version of the tradewind process that answers HTTP there. Returns nothing if another
/// program or none answers.
std::optional<std::string> version_at(const net::Address& address, Instruments& tools) {
    return run_until_done(tools.loop, ask_version(tools.loop, {.address = cli::reachable(address), .target = "/version"}));
}

struct PortCheck {
    std::string_view name;
    net::Address address;
    std::optional<std::string> version;
};

void check_port(const PortCheck& port, bool running, Findings& findings) {
    if (port.version) {
        return findings.ok(
            fmt::format("{}: {} is served by a running tradewind {}", port.name, port.address.to_string(), *port.version));
    }
    const auto bound = net::Listener::bind(port.address);
    if (bound) return findings.ok(fmt::format("{} can listen on {}", port.name, port.address.to_string()));
    if (running && bound.error().reason() == reason::kAddressInUse) {
        return findings.ok(
            fmt::format("{}: {} is in use, probably by the running tradewind", port.name, port.address.to_string()));
    }
    findings.fail(fmt::format("{}: {}", port.name, bound.error().detail()), "choose another address, or stop who uses it");
}

}  // namespace

void check_ports(const Setup& setup, Findings& findings) {
    Instruments tools;
    const auto plan = runtime::plan_listening(setup.config, setup.modules);
    std::vector<PortCheck> ports;
    bool running = !setup.running.empty();
    const auto look = [&](std::string_view name, const net::Address& address) {
        const bool chosen = address.is_local_socket() || address.port != 0;
        findings.begin("asking " + address.to_string());
        ports.push_back({name, address, chosen ? version_at(address, tools) : std::nullopt});
        running = running || ports.back().version;
    };
    if (plan.http) look("http", *plan.http);
    look("ops", plan.ops);
    for (const auto& port : ports) check_port(port, running, findings);
    for (const auto& [module, address] : plan.grpc) check_port({module, address, std::nullopt}, running, findings);
}

}  // namespace tw::app
