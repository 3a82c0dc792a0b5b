#include "kit/async/run.hpp"
#include "kit/cli/commands.hpp"
#include "kit/cli/operations_client.hpp"
#include "kit/runtime/standard_error.hpp"

#include <fmt/format.h>

namespace tw::cli {
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

int healthcheck(const runtime::Config& config, bool live) {
    const auto url = operations_url(config, live ? "/livez" : "/readyz?verbose");
    EventLoop loop;
    const auto answer = run_until_done(loop, ask(loop, url));
    if (!answer) {
        runtime::print_error("{}: no answer from the operations port at {} (ops.address): {}\n", config.program().text(),
                             url.address.to_string(),
                             answer.error().cause().empty() ? answer.error().detail() : answer.error().cause());
        return 1;
    }
    if (answer->status == 200) return 0;
    runtime::print_error("{}: not {}: {} {}\n", config.program().text(), live ? "alive" : "ready", answer->status, answer->body);
    return 1;
}

}  // namespace

Command healthcheck_command(const runtime::Program& program) {
    return {.name = "healthcheck",
            .help = fmt::format("Check that a running {} is ready; the exit code is 1 if it is not", program.name.text()),
            .run = [](const Invocation& call) { return healthcheck(*call.config, call.arguments.has("--live")); },
            // It runs every few seconds, so it prints no warnings.
            .settings = SettingUse::read_quietly,
            .parameters = {{.name = "--live",
                            .help = "Check only that the process answers, not that it can serve requests",
                            .kind = Parameter::Kind::flag}},
            .shown_options = {"--ops", "--config"},
            .example = "healthcheck --ops 127.0.0.1:9464"};
}

}  // namespace tw::cli
