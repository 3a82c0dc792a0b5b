#include "kit/runtime/core_settings.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/text.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/rpc_settings.hpp"
#include "kit/telemetry/log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

std::vector<std::string> database_schemes() { return {"sqlite:", "postgresql://", "postgres://"}; }

void add_process(std::vector<Setting>& all, std::string data_folder) {
    all.push_back(choice_setting("profile", "dev", {"dev", "production"}, "What the process is for; dev seeds demo data")
                      .with_option("--profile"));
    all.push_back(text_setting("config.file", "", "The configuration file; tradewind.toml of the working folder, if there is one")
                      .with_option("--config"));
    all.push_back(text_setting("data.folder", std::move(data_folder), "Where embedded databases lie; made when missing")
                      .with_option("--data"));
    all.push_back(url_setting("database.url", "", database_schemes(),
                              "The database of all modules; by default a SQLite file each in the data folder")
                      .with_alias("DATABASE_URL"));
    all.push_back(url_setting("redis.url", "", {"redis://", "rediss://"},
                              "Redis, for the cache and for limits that all replicas share: redis://[user:password@]host:port/0, "
                              "or rediss:// for TLS")
                      .with_alias("REDIS_URL"));
    all.push_back(
        text_setting("redis.ca", "", "PEM file of those who vouch for a rediss:// server; by default whom the system trusts"));
    all.push_back(text_setting("redis.certificate", "", "PEM file of the certificate that a rediss:// server asks for"));
    all.push_back(text_setting("redis.key", "", "PEM file of its private key"));
    all.push_back(choice_setting("cache.mode", "auto", {"auto", "off"},
                                 "auto keeps rows in Redis, or in memory where no other process has the database"));
    all.push_back(
        integer_setting("runtime.loops", 0, 0, 256, Unit::count, "Event loops, a thread each; 0 means one for each processor"));
    all.push_back(integer_setting("runtime.workers", 2, 1, 64, Unit::count, "Threads for what blocks"));
    all.push_back(choice_setting("runtime.ports", "fixed", {"fixed", "auto"}, "auto takes free ports for all that no flag names")
                      .with_option("--ports"));
    all.push_back(text_setting("runtime.ready_file", "", "A file that is written, as JSON, once the process is ready")
                      .with_option("--ready-file"));
    all.push_back(address_setting("ops.address", "127.0.0.1:9464", "The operations port").with_option("--ops"));
    all.push_back(text_setting("log.level", "info", "A level for all, or for single modules: info,order=debug")
                      .with_alias("LOG_LEVEL")
                      .with_option("--log-level"));
    all.push_back(
        choice_setting("log.format", "auto", {"auto", "json", "text"}, "auto is text on a terminal and JSON elsewhere"));
    all.push_back(integer_setting("log.buffer_bytes_max", kMiB, 4 * kKiB, 256 * kMiB, Unit::bytes,
                                  "Log lines waiting for standard output; more are dropped and counted"));
    all.push_back(
        integer_setting("log.repeats_max", telemetry::Logger::kRepeatsMax, 0, 1'000'000, Unit::count,
                        "Log records of the same warning, failure or refusal in ten seconds; more are counted and told of "
                        "by log.repeated; 0 writes all"));
    all.push_back(url_setting("telemetry.otlp_endpoint", "", {"http://", "https://"},
                              "The collector that traces, metrics and logs are sent to; OTEL_ variables go before it")
                      .with_alias("OTLP_ENDPOINT"));
    all.push_back(
        choice_setting("telemetry.receiver", "expected", {"expected", "optional"},
                       "Whether lost telemetry is told of in the log from the start, or only once a receiver has answered"));
    all.push_back(integer_setting("shutdown.grace_ms", 0, 0, 20'000, Unit::milliseconds,
                                  "How long to go on serving after a signal while unready, so that balancers notice"));
    all.push_back(integer_setting("shutdown.time_ms", 25'000, 1'000, kHourMs, Unit::milliseconds,
                                  "When a shutdown is over at the latest, grace included"));
}

void add_http(std::vector<Setting>& all) {
    const http::ServerLimits limits;
    const auto bytes = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    all.push_back(address_setting("http.address", "127.0.0.1:8080", "The HTTP port of the gateway").with_option("--http"));
    all.push_back(
        text_setting("http.hosts", "",
                     "Hosts that the HTTP and the operations port answer for, by comma, beside loopback and the address they "
                     "are bound to; by default all, but only loopback where profile = dev is bound to it; * means all"));
    all.push_back(integer_setting("http.header_bytes_max", bytes(limits.header_bytes_max), kKiB, kMiB, Unit::bytes,
                                  "The header of a request"));
    all.push_back(
        integer_setting("http.uri_bytes_max", bytes(limits.uri_bytes_max), 256, kMiB, Unit::bytes, "The target of a request"));
    all.push_back(integer_setting("http.body_bytes_max", bytes(limits.body_bytes_max), 1, 256 * kMiB, Unit::bytes,
                                  "The body of a request"));
    all.push_back(integer_setting("http.connections_max", bytes(limits.connections_max), 1, 1'000'000, Unit::count,
                                  "Connections at a time; the next one gets 503"));
    all.push_back(integer_setting("http.connections_per_address_max", bytes(limits.connections_per_address_max), 0, 1'000'000,
                                  Unit::count,
                                  "Likewise those of one client: an IPv4 address, the /64 of an IPv6 one; 0 means no limit"));
    all.push_back(integer_setting("http.header_time_ms", limits.header_time_max.count(), 10, kHourMs, Unit::milliseconds,
                                  "From the first byte of a request to the end of its header"));
    all.push_back(integer_setting("http.request_time_ms", limits.request_time_max.count(), 10, kHourMs, Unit::milliseconds,
                                  "The deadline of a request, from its first byte"));
    all.push_back(integer_setting("http.idle_time_ms", limits.idle_time_max.count(), 10, kHourMs, Unit::milliseconds,
                                  "Between the requests of a connection"));
    all.push_back(
        integer_setting("http.keepalive_time_ms", limits.keepalive_time.count(), 0, 24 * kHourMs, Unit::milliseconds,
                        "How long a client of HTTP/2 may be silent before it is asked whether it is still there; 0 means "
                        "it never is"));
}

void add_module(std::vector<Setting>& all, const ModuleSpec& spec) {
    const std::string name{spec.name};
    if (spec.grpc_port != 0) {
        std::string alias;
        for (const char c : name) alias += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        all.push_back(
            address_setting(name + ".address", fmt::format("127.0.0.1:{}", spec.grpc_port), "The gRPC port of the module")
                .with_option("--grpc " + name + "="));
        all.push_back(endpoint_setting(name + ".url", "",
                                       "Where the module is when another process runs it; by default its usual port here")
                          .with_alias(alias + "_SERVICE_URL"));
    }
    if (spec.schema != nullptr) {
        all.push_back(
            url_setting(name + ".database_url", "", database_schemes(), "The module's own database, before database.url"));
    }
    for (auto& setting : spec.make()->settings()) {
        setting.key = name + "." + setting.key;
        all.push_back(std::move(setting));
    }
}

}  // namespace

std::vector<Setting> all_settings(std::span<const ModuleSpec> modules, std::string data_folder) {
    std::vector<Setting> all;
    add_process(all, std::move(data_folder));
    add_database_settings(all);
    add_http(all);
    add_rpc_settings(all);
    add_tls_settings(all);
    for (const auto& module : modules) add_module(all, module);
    return all;
}

std::string default_data_folder(const std::map<std::string, std::string>& environment) {
    const auto value = [&](const char* name) -> std::string {
        const auto found = environment.find(name);
        return found == environment.end() ? "" : found->second;
    };
    // A relative XDG_DATA_HOME is to be ignored, says its specification.
    if (const auto data = value("XDG_DATA_HOME"); data.starts_with('/')) return data + "/tradewind";
    if (const auto home = value("HOME"); home.starts_with('/')) return home + "/.local/share/tradewind";
    return "tradewind-data";
}

http::ServerLimits http_limits(const Config& config) {
    const auto size = [&](std::string_view key) { return static_cast<std::size_t>(config.integer(key)); };
    return {.header_bytes_max = size("http.header_bytes_max"),
            .uri_bytes_max = size("http.uri_bytes_max"),
            .body_bytes_max = size("http.body_bytes_max"),
            .connections_max = size("http.connections_max"),
            .connections_per_address_max = size("http.connections_per_address_max"),
            .header_time_max = config.duration("http.header_time_ms"),
            .request_time_max = config.duration("http.request_time_ms"),
            .idle_time_max = config.duration("http.idle_time_ms"),
            .keepalive_time = config.duration("http.keepalive_time_ms"),
            // What is taken over there are calls of gRPC.
            .connection_age_max = config.duration("rpc.connection_age_ms"),
            .connection_grace = config.duration("rpc.connection_grace_ms")};
}

std::string_view edge_scheme(const Config& config) {
    const bool tls = config.text("edge.tls") == "auto" && !config.text("edge.certificate").empty();
    return tls ? "https://" : "http://";
}

http::HostRule host_rule(const Config& config, const net::Address& bound) {
    std::vector<std::string> hosts;
    http::for_each_element(config.text("http.hosts"), [&hosts](std::string_view host) { hosts.emplace_back(host); });
    const bool serves_developer = profile_of(config) == Profile::dev && bound.is_loopback();
    const bool all = std::ranges::find(hosts, "*") != hosts.end() || (hosts.empty() && !serves_developer);
    // A browser cannot connect to a Unix domain socket.
    if (all || bound.is_local_socket()) return {};
    return http::HostRule::of(bound, std::move(hosts), "http.hosts (TRADEWIND_HTTP_HOSTS)");
}

Profile profile_of(const Config& config) { return config.text("profile") == "production" ? Profile::production : Profile::dev; }

bool keeps_rows(const Config& config) { return config.text("cache.mode") == "auto"; }

std::string database_url(const Config& config, std::string_view module) {
    if (const auto& own = config.text(std::string{module} + ".database_url"); !own.empty()) return own;
    if (const auto& common = config.text("database.url"); !common.empty()) return common;
    return fmt::format("sqlite:{}/{}.sqlite", config.text("data.folder"), module);
}

bool keeps_data_in_folder(const Config& config, std::string_view module) {
    return config.text(std::string{module} + ".database_url").empty() && config.text("database.url").empty();
}

otlp::Parsed telemetry_settings(const Config& config, std::map<std::string, std::string> environment) {
    environment["OTLP_ENDPOINT"] = config.text("telemetry.otlp_endpoint");
    auto parsed = otlp::parse(environment);
    parsed.settings.receiver_optional = config.text("telemetry.receiver") == "optional";
    return parsed;
}

std::uint32_t repeats_max(const Config& config) { return static_cast<std::uint32_t>(config.integer("log.repeats_max")); }

}  // namespace tw::runtime
