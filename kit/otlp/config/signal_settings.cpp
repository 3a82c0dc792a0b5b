#include "kit/otlp/config/signal_settings.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/client_url.hpp"
#include "kit/otlp/config/header_rules.hpp"
#include "kit/otlp/transport/endpoint.hpp"

#include <optional>

#include <fmt/format.h>

namespace tw::otlp {
namespace {

/// Returns the variable of an OTLP option: the signal's own if it is set, otherwise the one for all
/// signals.
std::string option(Environment& env, const SignalNames& names, std::string_view name) {
    const auto own = fmt::format("OTEL_EXPORTER_OTLP_{}_{}", names.variable, name);
    const auto general = fmt::format("OTEL_EXPORTER_OTLP_{}", name);
    // Both variables are read, so that neither counts as unknown.
    const bool has_general = env.has(general);
    return env.has(own) || !has_general ? own : general;
}

/// A configured value and the variable it came from.
struct Configured {
    std::string variable;
    std::string text;
    /// Whether `text` includes the signal's path.
    bool whole = false;
};

std::optional<Configured> configured_endpoint(Environment& env, const SignalNames& names) {
    const auto own_variable = fmt::format("OTEL_EXPORTER_OTLP_{}_ENDPOINT", names.variable);
    const auto own = env.text(own_variable);
    const auto general = env.text("OTEL_EXPORTER_OTLP_ENDPOINT");
    const auto alias = env.text("OTLP_ENDPOINT");
    if (own) return Configured{own_variable, std::string{*own}, true};
    if (general) return Configured{"OTEL_EXPORTER_OTLP_ENDPOINT", std::string{*general}};
    if (!alias) return std::nullopt;
    auto base = *alias;
    for (const auto& signal : kSignals) {
        if (base.ends_with(signal.path)) base.remove_suffix(signal.path.size());
    }
    return Configured{"OTLP_ENDPOINT", std::string{base}};
}

/// Returns the protocol if no variable names one: the one of the alias's usual port. The
/// specification's variables mean HTTP.
Protocol usual_protocol(Environment& env, const SignalNames& names) {
    const bool specified =
        env.has("OTEL_EXPORTER_OTLP_ENDPOINT") || env.has(fmt::format("OTEL_EXPORTER_OTLP_{}_ENDPOINT", names.variable));
    auto alias = env.text("OTLP_ENDPOINT").value_or(std::string_view{});
    while (alias.ends_with('/')) alias.remove_suffix(1);
    return !specified && alias.ends_with(":4317") ? Protocol::grpc : Protocol::http_protobuf;
}

void read_endpoint(Environment& env, const SignalNames& names, SignalExport& out) {
    const bool grpc = out.protocol == Protocol::grpc;
    const std::string usual{grpc ? "http://localhost:4317" : "http://localhost:4318"};
    out.endpoint = grpc ? usual : with_path(usual, names.path);
    auto configured = configured_endpoint(env, names);
    if (!configured) return;
    auto& text = configured->text;
    out.scheme_assumed = grpc && !text.contains("://");
    if (out.scheme_assumed) text.insert(0, out.insecure ? "http://" : "https://");
    if (const auto url = http::Url::parse(text); !url) {
        constexpr std::string_view kUser =
            "; a user and a password go into OTEL_EXPORTER_OTLP_HEADERS, as "
            "authorization=Basic%20BASE64";
        // A warning about the endpoint for all signals has the same text for each, so that it is
        // logged once.
        const auto& used = configured->whole ? out.endpoint : usual;
        env.warn(fmt::format("{}: {}{}; {} is used", configured->variable, url.error().detail(), text.contains('@') ? kUser : "",
                             used));
        out.scheme_assumed = false;
        return;
    }
    if (grpc && has_path_or_query(text)) {
        env.warn(fmt::format("{}: gRPC has no path and no query; those of the endpoint are ignored", configured->variable));
    }
    out.endpoint = grpc ? without_path(text) : configured->whole ? text : with_path(text, names.path);
}

void read_headers(Environment& env, const SignalNames& names, SignalExport& out) {
    const auto variable = option(env, names, "HEADERS");
    for (auto& [name, value] : env.pairs(variable, true)) {
        auto lower = ascii_lower(name);
        if (const auto fault = find_header_fault(lower, value, out.protocol); !fault.empty()) {
            env.warn(fmt::format("{}: {}; it is ignored", variable, fault));
            continue;
        }
        out.headers.emplace_back(std::move(lower), Secret{std::move(value)});
    }
}

}  // namespace

void read_otlp(Environment& env, const SignalNames& names, SignalExport& out) {
    constexpr Environment::Choice<Protocol> kProtocols[]{
        {"grpc", Protocol::grpc}, {"http/protobuf", Protocol::http_protobuf}, {"http/json", Protocol::http_json}};
    constexpr Environment::Choice<bool> kCompressions[]{{"none", false}, {"gzip", true}};
    out.protocol = env.choice(option(env, names, "PROTOCOL"), kProtocols, usual_protocol(env, names));
    out.timeout = env.millis(option(env, names, "TIMEOUT"), out.timeout, 1);
    out.gzip = env.choice(option(env, names, "COMPRESSION"), kCompressions, false);
    out.insecure = env.flag(option(env, names, "INSECURE"), false);
    out.certificate = env.text(option(env, names, "CERTIFICATE")).value_or("");
    out.client_key = env.text(option(env, names, "CLIENT_KEY")).value_or("");
    out.client_certificate = env.text(option(env, names, "CLIENT_CERTIFICATE")).value_or("");
    read_headers(env, names, out);
    read_endpoint(env, names, out);
}

}  // namespace tw::otlp
