#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/reachable.hpp"
#include "kit/async/run.hpp"
#include "kit/http/client.hpp"
#include "kit/net/address.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/standard_error.hpp"

#include <fmt/format.h>

namespace tw::app {
namespace {

/// Orchestrators ask every few seconds, and treat a missing answer as a failure.
constexpr std::chrono::seconds kHealthTimeMax{2};

Task<Result<http::ClientResponse>> ask(EventLoop& loop, const http::Url& url) {
    const auto client = http::Client::make(loop, url);
    if (!client) co_return client.error();
    RootCall call{loop, Deadline::after(loop.now(), kHealthTimeMax)};
    http::ClientRequest request;
    request.target = url.target;
    co_return co_await (*client)->send(call.context(), std::move(request));
}

}  // namespace

int healthcheck(const runtime::Config& config, bool live) {
    const http::Url url{.address = reachable(runtime::runtime_settings(config).ops),
                        .target = live ? "/livez" : "/readyz?verbose"};
    EventLoop loop;
    const auto answer = run_until_done(loop, ask(loop, url));
    if (!answer) {
        runtime::print_error("tradewind: nothing answers at {} (ops.address): {}\n", url.address.to_string(),
                             answer.error().cause().empty() ? answer.error().detail() : answer.error().cause());
        return 1;
    }
    if (answer->status == 200) return 0;
    runtime::print_error("tradewind: not {}: {} {}\n", live ? "alive" : "ready", answer->status, answer->body);
    return 1;
}

}  // namespace tw::app
