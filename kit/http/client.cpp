#include "kit/http/client.hpp"

#include "kit/base/gzip.hpp"
#include "kit/http/client/client_message.hpp"
#include "kit/http/client/client_pool.hpp"
#include "kit/http/client/client_telemetry.hpp"
#include "kit/http/text.hpp"

#include <limits>
#include <utility>

namespace tw::http {
namespace {

Error out_of_bounds(std::string_view field) {
    return Error{Code::invalid_argument, "INVALID_OPTIONS", "The HTTP client's " + std::string{field} + " is out of its bounds."};
}

/// Decompresses a body if the client itself asked for gzip. The caller handles other codings, which
/// only the caller can have asked for.
Result<ClientResponse> unpack(ClientResponse response, std::size_t bytes_max, std::string_view authority) {
    if (response.body.empty() || !equals_ignoring_case(response.headers.joined("content-encoding"), "gzip")) return response;
    std::string body;
    if (auto done = gunzip(response.body, bytes_max, body); !done) {
        const auto& why = done.error();
        return why.code() == Code::resource_exhausted ? too_large(authority, why.detail()) : malformed(authority, why.detail());
    }
    response.body = std::move(body);
    Headers headers;
    for (const auto& [name, value] : response.headers.fields()) {
        // These fields describe the compressed body.
        const bool stale = equals_ignoring_case(name, "content-encoding") || equals_ignoring_case(name, "content-length");
        if (!stale) headers.add(name, value);
    }
    response.headers = std::move(headers);
    return response;
}

}  // namespace

Result<void> ClientOptions::validate() const {
    // The response parsers count header bytes in this type.
    constexpr std::size_t kHeaderBytesMax = std::numeric_limits<std::uint32_t>::max() / 4;
    if (header_bytes_max < 1 || header_bytes_max > kHeaderBytesMax) return out_of_bounds("header_bytes_max");
    if (connect_time_max.count() < 1) return out_of_bounds("connect_time_max");
    if (connections_max < 1) return out_of_bounds("connections_max");
    if (idle_time_max.count() < 1) return out_of_bounds("idle_time_max");
    if (connection_age_max.count() < 1) return out_of_bounds("connection_age_max");
    if (keepalive_time.count() < 0) return out_of_bounds("keepalive_time");
    if (keepalive_timeout.count() < 1) return out_of_bounds("keepalive_timeout");
    if (silence_time_max.count() < 0) return out_of_bounds("silence_time_max");
    if (waiting_max < 1) return out_of_bounds("waiting_max");
    if (streams_max < 1) return out_of_bounds("streams_max");
    return {};
}

Client::Client(EventLoop& loop, std::string authority, const ClientOptions& options, Connector connector,
               const std::optional<telemetry::Telemetry>& telemetry)
    : authority_{std::move(authority)}, options_{options} {
    if (telemetry) telemetry_ = std::make_unique<ClientTelemetry>(*telemetry, authority_, options_.tls != nullptr);
    pool_ = std::make_unique<ClientPool>(loop, authority_, options_, std::move(connector));
}

Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::make(EventLoop& loop, const Url& url, const ClientOptions& options,
                                             const std::optional<telemetry::Telemetry>& telemetry) {
    if (auto sound = options.validate(); !sound) return std::move(sound).error();
    auto ours = options;
    if (!url.tls) ours.tls = nullptr;
    if (url.tls && !ours.tls) {
        auto made = net::TlsContext::make_client({.alpn = {"h2", "http/1.1"}});
        if (!made) return std::move(made).error();
        ours.tls = std::move(*made);
    }
    auto connector = net::make_connector(loop, url.address, ours.connect_time_max, ours.tls);
    return std::make_unique<Client>(loop, url.address.to_string(), ours, std::move(connector), telemetry);
}

Task<Result<ClientResponse>> Client::send(const CallContext& ctx, ClientRequest request) {
    if (ctx.over()) co_return *ctx.over();
    if (auto sound = check(request); !sound) co_return std::move(sound).error();
    // A path is no authority (RFC 9110 §4.2), so requests to a Unix domain socket name this
    // machine.
    const std::string_view authority = authority_.starts_with("unix:") ? std::string_view{"localhost"} : authority_;
    ClientMessage message{.request = request, .authority = authority, .secure = options_.tls != nullptr};
    const bool callers_coding = request.headers.find("accept-encoding").has_value();
    if (!callers_coding) message.accept_encoding = options_.accept_gzip ? "gzip" : "identity";
    message.unpacks = options_.accept_gzip && !callers_coding;
    if (!telemetry_) co_return co_await deliver(ctx, message);

    const auto started = ctx.loop().now();
    auto span = telemetry_->start(ctx, request);
    const telemetry::InjectedFields injected{telemetry_->propagators(), span.context()};
    message.injected = injected.get();
    auto outcome = co_await deliver(span.context(), message);
    telemetry_->finish(span, request, outcome, started);
    co_return outcome;
}

Task<Result<ClientResponse>> Client::deliver(const CallContext& ctx, const ClientMessage& message) {
    for (bool last = false;;) {
        auto lease = co_await pool_->acquire(ctx);
        if (!lease) co_return std::move(lease).error();
        auto attempt = co_await lease->exchange(ctx, message);
        if (attempt.response) {
            if (!message.unpacks) co_return std::move(attempt.response);
            co_return unpack(std::move(*attempt.response), options_.body_bytes_max, authority_);
        }
        if (ctx.over()) co_return std::move(attempt.response);
        // A kept connection had ended, and the pool has one less now. If a new connection has
        // ended, that is the server's doing.
        if (attempt.reach == Reach::unsent && attempt.reused) continue;
        const bool left_alone = attempt.reach == Reach::unknown && attempt.reused && message.repeatable();
        const bool untouched = attempt.reach == Reach::unsent || attempt.reach == Reach::unprocessed;
        if ((!left_alone && !untouched) || std::exchange(last, true)) co_return std::move(attempt.response);
    }
}

}  // namespace tw::http
