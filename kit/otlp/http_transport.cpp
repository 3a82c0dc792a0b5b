#include "kit/otlp/http_transport.hpp"

#include "kit/base/gzip.hpp"
#include "kit/otlp/export_response.hpp"
#include "kit/otlp/otlp_json.hpp"
#include "kit/otlp/retry.hpp"
#include "kit/otlp/transport_tls.hpp"

#include <fmt/format.h>

namespace tw::otlp {

Result<std::unique_ptr<Transport>> HttpTransport::make(EventLoop& loop, const SignalExport& settings, const Clock& clock) {
    auto url = http::Url::parse(settings.endpoint);
    if (!url) return std::move(url).error();
    http::ClientOptions options;
    auto connector = net::make_connector(loop, url->address, options.connect_time_max);
    if (url->tls) {
        auto tls = make_tls(settings, {"h2", "http/1.1"});
        if (!tls) return std::move(tls).error();
        options.tls = *tls;
        connector = make_following_connector(loop, url->address, options.connect_time_max, std::move(*tls));
    }
    auto client = std::make_unique<http::Client>(loop, url->address.to_string(), options, std::move(connector));
    return std::make_unique<HttpTransport>(std::move(client), std::move(url->target), settings, clock);
}

HttpTransport::HttpTransport(std::unique_ptr<http::Client> client, std::string target, const SignalExport& settings,
                             const Clock& clock)
    : client_{std::move(client)},
      target_{std::move(target)},
      json_{settings.protocol == Protocol::http_json},
      gzip_{settings.gzip},
      clock_{clock} {
    headers_.add("User-Agent", "tradewind-otlp-exporter");
    if (gzip_) headers_.add("Content-Encoding", "gzip");
    for (const auto& [name, value] : settings.headers) headers_.add(name, value.reveal());
}

Task<SendOutcome> HttpTransport::send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) {
    http::ClientRequest message{.method = "POST", .target = target_, .headers = headers_};
    message.content_type = json_ ? "application/json" : "application/x-protobuf";
    message.body = json_ ? to_json(signal, request) : std::string{request};
    if (gzip_) message.body = gzip(message.body);
    const auto response = co_await client_->send(ctx, std::move(message));
    if (response) co_return judge(signal, *response);

    const auto& error = response.error();
    auto why = error.cause().empty() ? error.detail() : error.detail() + " (" + error.cause() + ")";
    // What broke on the way may work the next time; what was said but could not be read will be said again.
    const bool again = error.code() == Code::unavailable || error.code() == Code::deadline_exceeded;
    co_return again ? SendOutcome::delay(std::move(why)) : SendOutcome::refusal(std::move(why));
}

SendOutcome HttpTransport::judge(telemetry::Signal signal, const http::ClientResponse& response) const {
    if (response.status >= 200 && response.status < 300) {
        return json_ ? decode_json_response(signal, response.body) : decode_export_response(response.body);
    }
    const auto said = json_ ? std::string_view{} : decode_status_message(response.body);
    SendOutcome outcome{.kind = SendOutcome::Kind::refused};
    outcome.message = fmt::format("{} answered {}{}{}", client_->authority(), response.status, said.empty() ? "" : ": ", said);
    if (is_retryable_http_status(response.status)) {
        outcome.kind = SendOutcome::Kind::again;
        if (const auto field = response.headers.find("Retry-After"))
            outcome.retry_after = parse_retry_after(*field, clock_.now());
    }
    return outcome;
}

}  // namespace tw::otlp
