#include "apps/interop/orca_service.hpp"
#include "apps/interop/test_service.hpp"
#include "kit/async/loop_group.hpp"
#include "kit/net/listener.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/net/tls_issue.hpp"
#include "kit/rpc/port_services.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/signals.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <exception>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tw::interop {
namespace {

constexpr int kUnavailable = 69;  // sysexits.h
constexpr int kConfig = 78;
constexpr int kBug = 70;
constexpr std::chrono::seconds kDrainTimeMax{5};
constexpr std::size_t kStreamsMax = 100;
constexpr std::size_t kMessageBytesMax = 16 * 1024 * 1024;  // the value of Java's server, needed for very_large_request

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 10'000;
    bool tls = false;
    net::TlsKeyFiles files;
};

/// A certificate for a server that was given none, and the CA to trust. Its folder is removed at
/// the end of the process.
class OwnCertificate {
 public:
    OwnCertificate() {
        std::string path = std::filesystem::temp_directory_path() / "tw-interop-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error{"cannot make " + path};
        folder_ = path;
        const auto now = SystemClock{}.now();
        const auto begin = now - std::chrono::hours{1};
        const auto end = now + std::chrono::hours{24 * 30};
        const auto authority = net::make_authority("tw-interop CA", begin, end).value();
        const auto leaf = net::issue_certificate(authority, {.common_name = "tw-interop-server",
                                                             .hosts = {"localhost", "127.0.0.1", "*.test.google.fr"},
                                                             .not_before = begin,
                                                             .not_after = end})
                              .value();
        std::ofstream{ca()} << authority.certificate;
        std::ofstream{files().certificate} << leaf.certificate;
        std::ofstream{files().key} << leaf.key;
    }
    ~OwnCertificate() {
        std::error_code ignored;  // the folder may be gone already
        std::filesystem::remove_all(folder_, ignored);
    }
    OwnCertificate(const OwnCertificate&) = delete;
    OwnCertificate& operator=(const OwnCertificate&) = delete;

    std::string ca() const { return folder_ / "ca.crt"; }
    net::TlsKeyFiles files() const { return {folder_ / "server.crt", folder_ / "server.key"}; }

 private:
    std::filesystem::path folder_;
};

Task<Result<void>> drain(rpc::Server& server, rpc::PortServices& services, net::TlsAcceptor* tls, EventLoop& loop) {
    services.shut_down();
    if (tls != nullptr) co_await tls->close();
    co_await server.drain(Deadline::after(loop.now(), kDrainTimeMax));
    co_return Result<void>{};
}

/// Serves until a signal comes.
int serve(const Options& options) {
    runtime::Signals::hold();
    std::optional<OwnCertificate> own;
    std::shared_ptr<net::TlsContext> context;
    if (options.tls) {
        if (options.files.certificate.empty()) own.emplace();
        auto made = net::TlsContext::make_server({.identities = {own ? own->files() : options.files}, .alpn = {"h2"}});
        if (!made) {
            fmt::print(stderr, "tw-interop-server: {}\n", made.error().detail());
            return kConfig;
        }
        context = std::move(*made);
    }
    auto listener = net::Listener::bind({options.host, options.port});
    if (!listener) {
        fmt::print(stderr, "tw-interop-server: {}\n", listener.error().detail());
        return kUnavailable;
    }

    const SystemClock clock;
    Random random;
    telemetry::DiscardedLogs sink;
    const telemetry::Logger log{"interop", clock, sink,
                                std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    const telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    const telemetry::Telemetry telemetry{tracer, log, meter};
    LoopGroup loops{1};
    auto& loop = loops.at(0);
    ServerLoad load;
    const auto service = make_test_service(load, (*listener)->local().to_string());
    const auto orca = make_orca_service(load);
    rpc::ServiceTable table;
    table.add(*service, telemetry);
    table.add(*orca, telemetry);
    rpc::PortServices beside{loop, table, telemetry, [] { return true; }};
    const auto server = rpc::make_server(loop, table, {.message_bytes_max = kMessageBytesMax, .streams_max = kStreamsMax});
    std::optional<net::TlsAcceptor> tls;
    if (context) tls.emplace(loop, context, net::TlsAcceptorOptions{.port = "interop"}, telemetry);
    (*listener)->start(loops, [&](EventLoop&, net::Socket socket) {
        if (!tls) return server->serve(std::move(socket));
        tls->accept(net::make_tcp_stream(loop, std::move(socket)),
                    [&](std::unique_ptr<net::Stream> stream) { server->serve_stream(std::move(stream)); });
    });
    loops.start();
    fmt::print("tw-interop-server: serves at {}{}\n", (*listener)->local().to_string(), own ? ", CA: " + own->ca() : "");
    std::fflush(stdout);

    while (!runtime::Signals::wait_for(std::chrono::hours{1})) {
    }
    (*listener)->close();
    runtime::BlockingTask draining{loop, [&] { return drain(*server, beside, tls ? &*tls : nullptr, loop); }};
    draining.wait().value();
    loops.stop();
    return 0;
}

int run(int argc, char** argv) {
    Options options;
    CLI::App app{"The server of gRPC's interoperability suite, on Tradewind's kit.", "tw-interop-server"};
    app.add_option("--port", options.port, "Where it serves; 0 chooses a free port")->capture_default_str();
    app.add_option("--host", options.host, "The address that it binds")->capture_default_str();
    app.add_flag("--use_tls", options.tls, "TLS; with a certificate of its own making where no files are given");
    auto* const certificate = app.add_option("--tls_cert_file", options.files.certificate, "PEM file of its certificate");
    auto* const key = app.add_option("--tls_key_file", options.files.key, "PEM file of its private key");
    certificate->needs(key);
    key->needs(certificate);
    CLI11_PARSE(app, argc, argv);
    return serve(options);
}

}  // namespace
}  // namespace tw::interop

int main(int argc, char** argv) {
    try {
        return tw::interop::run(argc, argv);
    } catch (const std::exception& bug) {
        fmt::print(stderr, "tw-interop-server: internal error: {}\n", bug.what());
        return tw::interop::kBug;
    }
}
