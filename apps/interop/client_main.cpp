#include "apps/interop/cases.hpp"
#include "apps/interop/soak.hpp"
#include "kit/async/run.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <csignal>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tw::interop {
namespace {

constexpr int kUsage = 64;  // sysexits.h
constexpr int kConfig = 78;
constexpr int kBug = 70;

struct Options {
    std::string host = "localhost";
    std::uint16_t port = 10'000;
    std::string test_case = "large_unary";
    bool tls = false;
    std::string ca;
    std::string host_override;
    SoakOptions soak;

    bool soaks_channels() const { return test_case == "channel_soak"; }
    bool soaks() const { return soaks_channels() || test_case == "rpc_soak"; }
    /// Port 0 means that the host is a whole target, as in Go's and Java's clients.
    Result<rpc::Target> target() const { return port == 0 ? rpc::Target::parse(host) : rpc::Target::of({host, port}); }
};

/// Runs the case `wanted`, or a soak if `wanted` is null. Returns the exit code.
int test(const Options& options, const rpc::Target& target, const Case* wanted) {
    rpc::ChannelOptions channel_options;
    // pick_first_unary relies on gRPC's default policy. The kit's default would use round robin for
    // several addresses.
    channel_options.policy = rpc::BalancingPolicy::pick_first;
    if (options.tls) {
        auto context = net::TlsContext::make_client({.ca = options.ca, .alpn = {"h2"}});
        if (!context) {
            fmt::print(stderr, "tw-interop-client: {}\n", context.error().detail());
            return kConfig;
        }
        channel_options.tls = std::move(*context);
        channel_options.tls_target.host = options.host_override;
    }
    const SystemClock clock;
    Random random;
    telemetry::DiscardedLogs sink;
    const telemetry::Logger log{"interop", clock, sink,
                                std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    const telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    EventLoop loop;
    const auto make_channel = [&] { return rpc::make_network_channel(loop, target, channel_options, {tracer, log, meter}); };
    const auto channel = make_channel();
    const auto outcome = run_until_done(
        loop, wanted == nullptr ? soak(loop, make_channel, options.soaks_channels(), options.soak) : wanted->run(*channel, loop));
    if (outcome) {
        fmt::print("{}: passed\n", options.test_case);
        return 0;
    }
    const auto& error = outcome.error();
    fmt::print(stderr, "{}: FAILED: {}: {}{}{}\n", options.test_case, code_name(error.code()), error.detail(),
               error.cause().empty() ? "" : "; ", error.cause());
    return 1;
}

int run(int argc, char** argv) {
    Options options;
    CLI::App app{"The client of gRPC's interoperability suite, on Tradewind's kit.", "tw-interop-client"};
    app.add_option("--server_host", options.host, "Where the server is")->capture_default_str();
    app.add_option("--server_port", options.port,
                   "Its port; 0 says that the host is a gRPC target, as ipv4:127.0.0.1:1,127.0.0.1:2")
        ->capture_default_str();
    app.add_option("--test_case", options.test_case, "The case, by its name in gRPC's description of the suite")
        ->capture_default_str();
    app.add_flag("--use_tls", options.tls, "TLS");
    bool test_ca = false;
    app.add_flag("--use_test_ca", test_ca, "For who is used to it: --ca_file alone suffices");
    app.add_option("--ca_file", options.ca, "PEM file of who vouches for the server; by default whom the system trusts");
    app.add_option("--server_host_override", options.host_override, "The name that the server's certificate has, if another");
    app.add_option("--soak_iterations", options.soak.iterations, "How many calls a soak makes")->capture_default_str();
    app.add_option("--soak_max_failures", options.soak.failures_max, "How many of them may fail")->capture_default_str();
    app.add_option("--soak_num_threads", options.soak.callers, "How many callers share them, all at once")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option_function<int>(
        "--soak_per_iteration_max_acceptable_latency_ms",
        [&](int ms) { options.soak.latency_max = std::chrono::milliseconds{ms}; }, "How long one may take; 1000 unless told");
    app.add_option_function<int>(
        "--soak_overall_timeout_seconds", [&](int s) { options.soak.time_max = std::chrono::seconds{s}; },
        "How long all may take together; 10 unless told");
    CLI11_PARSE(app, argc, argv);
    const auto* const wanted = find_case(options.test_case);
    if (wanted == nullptr && !options.soaks()) {
        fmt::print(stderr, "tw-interop-client: there is no case \"{}\" here\n", options.test_case);
        return kUsage;
    }
    const auto target = options.target();
    if (!target) {
        fmt::print(stderr, "tw-interop-client: {}\n", target.error().detail());
        return kUsage;
    }
    return test(options, *target, wanted);
}

}  // namespace
}  // namespace tw::interop

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return tw::interop::run(argc, argv);
    } catch (const std::exception& bug) {
        fmt::print(stderr, "tw-interop-client: internal error: {}\n", bug.what());
        return tw::interop::kBug;
    }
}
