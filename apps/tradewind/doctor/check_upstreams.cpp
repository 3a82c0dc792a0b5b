#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/instruments.hpp"
#include "apps/tradewind/modules.hpp"
#include "kit/async/run.hpp"
#include "kit/net/connect.hpp"
#include "kit/net/tls_check.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/rpc_settings.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::chrono::seconds kUpstreamTimeMax{2};

Task<Result<void>> reach(EventLoop& loop, net::Address address) {
    RootCall call{loop};
    const auto stream = co_await net::connect(call.context(), loop, address, kUpstreamTimeMax);
    if (!stream) {
        const auto& error = stream.error();
        co_return Error{error.code(), error.reason(), error.cause().empty() ? error.detail() : error.cause()};
    }
    (*stream)->close();
    co_return Result<void>{};
}

Task<Result<void>> shake_hands(EventLoop& loop, net::Address address, net::TlsClient& client) {
    RootCall call{loop};
    const auto session = co_await net::check_tls(call.context(), loop, address, kUpstreamTimeMax, client);
    if (!session) co_return session.error();
    co_return Result<void>{};
}

/// Returns a client's TLS context with the certificate of a module that calls others, as the
/// gateway does. Null if there is none.
runtime::ProcessTls::Context caller_context(const runtime::Config& config, std::string_view callee) {
    const auto tls = runtime::ProcessTls::make(config, modules());
    if (!tls) return nullptr;
    for (const auto& module : modules()) {
        if (module.name == callee) continue;
        if (auto context = tls->client_of(module.name); context && module.serves_http) return context;
    }
    return nullptr;
}

void check_upstream(const runtime::Config& config, const runtime::ModuleSpec& module, Instruments& tools, Findings& findings) {
    if (module.grpc_port == 0 || !runtime::module_settings(config, module).url) return;
    const auto context = caller_context(config, module.name);
    for (const auto& address : runtime::upstream_target(config, module).addresses) {
        findings.begin("connecting to " + address.to_string());
        Result<void> reached;
        if (context) {
            const auto identity = config.program().identity_prefix() + std::string{module.name};
            net::TlsClient client{context, {.host = address.is_local_socket() ? "localhost" : address.host, .uri = identity}};
            reached = run_until_done(tools.loop, shake_hands(tools.loop, address, client));
        } else {
            reached = run_until_done(tools.loop, reach(tools.loop, address));
        }
        if (reached) {
            findings.ok(fmt::format("{} answers at {}{}", module.name, address.to_string(), context ? " over TLS" : ""));
        } else {
            findings.fail(fmt::format("{} at {}: {}", module.name, address.to_string(), reached.error().detail()),
                          fmt::format("start it, or correct {}.url and the certificates (rpc.*)", module.name));
        }
    }
}

}  // namespace

void check_upstreams(const Setup& setup, Findings& findings) {
    Instruments tools;
    const auto has_url = [&](const runtime::ModuleSpec& module) {
        return module.grpc_port != 0 && runtime::module_settings(setup.config, module).url;
    };
    for (const auto& module : modules()) check_upstream(setup.config, module, tools, findings);
    if (std::ranges::none_of(modules(), has_url)) findings.skipped("no address of another process is set (user.url and others)");
}

}  // namespace tw::app
