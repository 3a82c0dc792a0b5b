#include "kit/http/client.hpp"

#include "kit/http/client_exchange.hpp"
#include "kit/http/client_telemetry.hpp"
#include "kit/http/text.hpp"

#include <algorithm>

namespace tw::http {
namespace {

Error unsendable(std::string_view what) {
    return Error{Code::invalid_argument, "INVALID_REQUEST", "A request cannot have this " + std::string{what} + "."};
}

Result<void> check(const ClientRequest& request) {
    if (!is_token(request.method)) return unsendable("method");
    const auto visible = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7F; };
    if (request.target.empty() || !std::ranges::all_of(request.target, visible)) return unsendable("target");
    if (!is_field_value(request.content_type)) return unsendable("content type");
    for (const auto& [name, value] : request.headers.fields()) {
        if (!is_token(name) || !is_field_value(value)) return unsendable("field");
    }
    return {};
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

using InjectedField = telemetry::InjectedFields::Field;

/// Head and body in one piece, so that they leave in one system call.
std::string on_the_wire(const ClientRequest& request, const std::string& authority, std::span<const InjectedField> injected) {
    constexpr std::size_t kHeadBytes = 512;
    std::string wire;
    wire.reserve(kHeadBytes + request.body.size());
    wire.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
    append_field(wire, "Host", authority);
    for (const auto& [name, value] : request.headers.fields()) {
        const auto same = [&name](const InjectedField& field) { return equals_ignoring_case(field.name, name); };
        if (std::ranges::none_of(injected, same)) append_field(wire, name, value);
    }
    for (const auto& [name, value] : injected) append_field(wire, name, value);
    if (!request.content_type.empty()) append_field(wire, "Content-Type", request.content_type);
    const auto bodiless = request.body.empty() && (request.method == "GET" || request.method == "HEAD");
    if (!bodiless) append_field(wire, "Content-Length", std::to_string(request.body.size()));
    return wire.append("\r\n").append(request.body);
}

}  // namespace

Client::Client(std::string authority, const ClientOptions& options, Connector connector,
               const std::optional<telemetry::Telemetry>& telemetry)
    : authority_{std::move(authority)}, options_{options}, connector_{std::move(connector)} {
    if (telemetry) telemetry_ = std::make_unique<ClientTelemetry>(*telemetry, authority_);
}

Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::make(EventLoop& loop, const Url& url, const ClientOptions& options,
                                             const std::optional<telemetry::Telemetry>& telemetry) {
    auto authority = url.address.to_string();
    auto tls = options.tls;
    if (url.tls && !tls) {
        auto made = net::TlsContext::make_client({.alpn = {"http/1.1"}});
        if (!made) return std::move(made).error();
        tls = std::move(*made);
    }
    auto connector = net::make_connector(loop, url.address, options.connect_time_max, url.tls ? std::move(tls) : nullptr);
    return std::make_unique<Client>(std::move(authority), options, std::move(connector), telemetry);
}

Task<Result<ClientResponse>> Client::send(const CallContext& ctx, ClientRequest request) {
    if (ctx.over()) co_return *ctx.over();
    if (auto sound = check(request); !sound) co_return std::move(sound).error();
    const bool head_request = request.method == "HEAD";
    if (!telemetry_) {
        const auto wire = on_the_wire(request, authority_, {});
        co_return co_await deliver(ctx, wire, head_request);
    }
    const auto started = ctx.loop().now();
    auto span = telemetry_->start(ctx, request);
    const telemetry::InjectedFields injected{telemetry_->propagators(), span.context()};
    const auto wire = on_the_wire(request, authority_, injected.get());
    auto outcome = co_await deliver(span.context(), wire, head_request);
    telemetry_->finish(span, request, outcome, started);
    co_return outcome;
}

Task<Result<ClientResponse>> Client::deliver(const CallContext& ctx, std::string_view wire, bool head_request) {
    while (true) {
        const bool reused = !idle_.empty();
        std::unique_ptr<net::Stream> stream;
        if (reused) {
            stream = std::move(idle_.back());
            idle_.pop_back();
        } else {
            auto connected = co_await connector_(ctx);
            if (!connected) co_return std::move(connected).error();
            stream = std::move(*connected);
        }
        ClientExchange exchange{*stream, options_, authority_, head_request};
        auto response = co_await exchange.run(ctx, wire);
        if (response || !reused || exchange.answered() || ctx.over()) {
            if (response && exchange.reusable() && idle_.size() < options_.idle_connections_max) {
                idle_.push_back(std::move(stream));
            }
            co_return response;
        }
        // The server closed it while it lay idle, and so it did with the others, most likely.
        idle_.clear();
    }
}

}  // namespace tw::http
