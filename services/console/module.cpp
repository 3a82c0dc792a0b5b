#include "services/console/module.hpp"

#include "kit/base/url_text.hpp"
#include "kit/http/client_url.hpp"
#include "kit/http/text.hpp"
#include "kit/otlp/tap.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/secret_file.hpp"
#include "services/console/address_file.hpp"
#include "services/console/archive.hpp"
#include "services/console/intake_metrics.hpp"
#include "services/console/server.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

constexpr std::string_view kServiceName = "console-service";

/// The URL of the HTTP port of this process; empty if it has none, or if that is a Unix domain
/// socket.
std::string own_gateway_url(const runtime::Config& config, const runtime::Listening* listening) {
    if (listening == nullptr || !listening->http || listening->http->is_local_socket()) return {};
    auto address = *listening->http;
    if (address.host == "0.0.0.0") address.host = "127.0.0.1";
    if (address.host == "::") address.host = "::1";
    return std::string{runtime::edge_scheme(config)} + address.to_string();
}

/// A token that a file may replace while the process runs.
std::function<Secret()> token_of(const runtime::Config& config, std::string_view key, Secret token) {
    if (auto renewed = runtime::renewed_secret(token, config.entry(key).file)) return renewed;
    return [token = std::move(token)] { return token; };
}

/// The CA certificates that verify the operations port of this process: those of console.ops_ca, or
/// the ca.crt that `certs dev` puts beside the certificate, or those of the modules, or the
/// certificate itself.
std::string own_operations_ca(const runtime::Config& config, const ConsoleSettings& settings, const std::string& certificate) {
    if (!settings.ops_ca.empty()) return settings.ops_ca;
    const auto beside = (std::filesystem::path{certificate}.parent_path() / "ca.crt").string();
    std::error_code unreachable;
    if (std::filesystem::is_regular_file(beside, unreachable)) return beside;
    const auto of_modules = runtime::tls_settings(config).rpc_ca;
    return of_modules.empty() ? certificate : of_modules;
}

/// The operations port of this process. It is known by itself, with its token.
Result<OperationsPort> own_operations(const runtime::Config& config, const ConsoleSettings& settings, net::Address address,
                                      std::string_view module) {
    const auto own = runtime::ops_settings(config);
    if (address.host == "0.0.0.0") address.host = "127.0.0.1";
    if (address.host == "::") address.host = "::1";
    OperationsPort port{.url = {.tls = !own.certificate.empty(), .address = std::move(address)},
                        .token = token_of(config, "ops.token", own.token),
                        .tls = nullptr,
                        .token_setting = "ops.token"};
    if (!port.url.tls) return port;
    const auto file_of = [module](std::string path) {
        constexpr std::string_view kModule = "{module}";
        if (const auto at = path.find(kModule); at != std::string::npos) path.replace(at, kModule.size(), module);
        return path;
    };
    const auto certificate = file_of(own.certificate);
    net::TlsClientOptions options{.ca = own_operations_ca(config, settings, certificate), .identity = {}, .alpn = {"http/1.1"}};
    if (!own.client_ca.empty()) options.identity = {certificate, file_of(own.key)};
    auto tls = net::TlsContext::make_client(std::move(options));
    if (!tls) return std::move(tls).error();
    port.tls = std::move(*tls);
    return port;
}

/// Adds the operations ports in console.ops_urls.
Result<void> add_other_operations(const runtime::Config& config, const ConsoleSettings& settings,
                                  std::vector<OperationsPort>& ports) {
    std::shared_ptr<net::TlsContext> tls;
    if (!settings.ops_ca.empty()) {
        auto made = net::TlsContext::make_client({.ca = settings.ops_ca, .identity = {}, .alpn = {"http/1.1"}});
        if (!made) return std::move(made).error();
        tls = std::move(*made);
    }
    Result<void> sound;
    http::for_each_element(settings.ops_urls, [&](std::string_view text) {
        auto url = http::Url::parse(text);
        if (!url) {
            sound = Error{Code::invalid_argument, tw::reason::kBadConfig,
                          fmt::format("console.ops_urls: {} is no URL such as http://127.0.0.1:9465", printable_url(text))};
            return;
        }
        ports.push_back({.url = std::move(*url),
                         .token = token_of(config, "console.ops_token", settings.ops_token),
                         .tls = tls,
                         .token_setting = "console.ops_token"});
    });
    return sound;
}

/// The operations ports that the console shows: that of its process, and those in console.ops_urls.
Result<std::vector<OperationsPort>> operations_of(const runtime::Config& config, const ConsoleSettings& settings,
                                                  const runtime::Listening* listening) {
    std::vector<OperationsPort> ports;
    if (listening != nullptr) {
        // Certificates of a process are named after its first module.
        const auto first = listening->grpc.empty() ? std::string{"console"} : listening->grpc.front().first;
        auto own = own_operations(config, settings, listening->ops, first);
        if (!own) return std::move(own).error();
        ports.push_back(std::move(*own));
    }
    if (auto added = add_other_operations(config, settings, ports); !added) return std::move(added).error();
    return ports;
}

ArchiveOptions archive_options(const runtime::Config& config, const ConsoleSettings& settings) {
    ArchiveOptions options;
    options.folder = std::filesystem::path{runtime::process_settings(config).data_folder} / "console";
    options.bytes_max = settings.keep_bytes;
    options.age_max = std::chrono::hours{settings.keep_hours};
    options.senders_not_called = {std::string{kServiceName}, config.program().text()};
    return options;
}

/// Which signals this process sends to the console's own ports, since a setting says so.
std::array<bool, 3> sent_to_itself(const runtime::Config& config, const Ports& ports) {
    const auto parsed = runtime::otlp_settings(config, runtime::environment());
    const auto is_own = [](const net::Listener* port, const net::Address& address) {
        return port != nullptr && address.is_loopback() && address.port == port->local().port;
    };
    std::array<bool, 3> own{};
    for (const auto signal : {telemetry::Signal::traces, telemetry::Signal::metrics, telemetry::Signal::logs}) {
        const auto& wanted = parsed.settings.of(signal);
        const auto url = http::Url::parse(wanted.endpoint);
        if (wanted.exporter != otlp::ExporterKind::otlp || !url) continue;
        own[static_cast<std::size_t>(signal)] =
            is_own(ports.otlp_grpc.get(), url->address) || is_own(ports.otlp_http.get(), url->address);
    }
    return own;
}

class ConsoleModule final : public runtime::Module {
 public:
    ~ConsoleModule() override {
        if (tap_ != nullptr) tap_->listen({});
    }

    std::string_view name() const override { return "console"; }
    std::string_view service_name() const override { return kServiceName; }
    std::vector<runtime::Setting> settings() const override { return console_settings().declare(); }

    Task<Result<void>> prepare(runtime::Host& host) override {
        home_ = &host.loop();
        const auto& config = host.config().all();
        const auto settings = host.config().read(console_settings());
        auto base_path = check_base_path(settings.base_path);
        if (!base_path) co_return std::move(base_path).error();
        auto ports = bind_ports(config);
        if (!ports) co_return std::move(ports).error();
        tell_ports(host, *ports);
        const auto own = sent_to_itself(config, *ports);
        auto options = archive_options(config, settings);
        const auto open = [&options, &host] { return open_archive(options, host.clock(), host.log()); };
        auto archive = co_await host.workers().run(host.loop(), open);
        if (!archive) co_return std::move(archive).error();
        archive_ = std::move(*archive);
        observe(archive_->stats(), host.telemetry().meter);

        ConsoleServer::Options serving{.settings = settings};
        serving.hosts_setting = fmt::format("console.hosts ({})", config.variable("console.hosts"));
        serving.gateway_url = settings.gateway_url.empty() ? own_gateway_url(config, host.listening()) : settings.gateway_url;
        auto operations = operations_of(config, settings, host.listening());
        if (!operations) co_return std::move(operations).error();
        serving.operations = std::move(*operations);
        serving.version = host.version();
        serving.has_tap = host.telemetry_tap() != nullptr;
        const auto page = ports->page->local();
        server_ = std::make_unique<ConsoleServer>(*archive_, std::move(*ports), std::move(serving), host.clock(), host.log());
        archive_->on_arrival([this](const Arrived& what) { server_->arrived(what); });
        listen_to(host.telemetry_tap(), own);
        auto starting = server_->serve(host.loop());
        auto started = co_await std::move(starting);
        if (!started) co_return started;
        address_file_.emplace(config);
        page_ = page;
        co_return address_file_->write(page);
    }

    // All that it serves is on a loop of its own.
    Result<void> serve(runtime::LoopHost&) override { return {}; }

    Task<void> drain(Deadline deadline) override {
        if (address_file_) address_file_->remove(page_);
        // The archive stays, since the process still tells it how it ends.
        if (server_) co_await server_->stop(*home_, deadline);
    }

    runtime::Health health() const override { return {}; }

 private:
    static void tell_ports(runtime::Host& host, const Ports& ports) {
        host.add_port("console", ports.page->local());
        if (ports.otlp_grpc) host.add_port("otlp_grpc", ports.otlp_grpc->local());
        if (ports.otlp_http) host.add_port("otlp_http", ports.otlp_http->local());
    }

    /// Signals that come by OTLP are not taken from the tap, or everything would be there twice.
    void listen_to(otlp::Tap* tap, std::array<bool, 3> sent_by_otlp) {
        tap_ = tap;
        if (tap_ == nullptr) return;
        tap_->listen([this, sent_by_otlp](telemetry::Signal signal, std::string_view request, std::uint64_t lost) {
            if (sent_by_otlp[static_cast<std::size_t>(signal)]) return;
            archive_->add(signal, std::string{request}, {});
            if (lost > 0) archive_->count_lost("this process recorded faster than the console took it", lost);
        });
    }

    EventLoop* home_ = nullptr;
    std::optional<AddressFile> address_file_;
    net::Address page_;
    otlp::Tap* tap_ = nullptr;
    /// The archive tells the server of arrivals until it is destroyed.
    std::unique_ptr<ConsoleServer> server_;
    std::unique_ptr<Archive> archive_;
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<ConsoleModule>(); }

bool runs_in_up(const runtime::Config& config) {
    const auto presence = runtime::ModuleConfig{config, "console"}.read(console_settings()).presence;
    const bool dev = runtime::profile_of(config) == runtime::Profile::dev;
    return presence == Presence::on || (presence == Presence::automatic && dev);
}

PageAddress page_address(const runtime::Config& config) {
    auto set = runtime::ModuleConfig{config, "console"}.read(console_settings()).address;
    // A port of 0 becomes another one at each start.
    const bool is_known = config.entry("console.address").origin != "default" && set.port != 0;
    if (is_known) return {.address = std::move(set)};
    if (auto announced = AddressFile{config}.read()) return {.address = std::move(*announced), .announced = true};
    return {.address = std::move(set)};
}

}  // namespace tw::console
