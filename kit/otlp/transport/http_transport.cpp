#include "kit/otlp/transport/http_transport.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/gzip.hpp"
#include "kit/base/url_text.hpp"
#include "kit/http/text.hpp"
#include "kit/otlp/otlp_json.hpp"
#include "kit/otlp/pipeline/export_response.hpp"
#include "kit/otlp/pipeline/retry.hpp"
#include "kit/otlp/transport/endpoint.hpp"
#include "kit/otlp/transport/transport_tls.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::otlp {
namespace {

constexpr int kRedirectsMax = 3;

bool is_followed(int status) { return status == 307 || status == 308; }

enum class Form : std::uint8_t { protobuf, json, other };

/// Returns the form of an answer by its content type, or `asked` if it has none.
Form form_of(const http::ClientResponse& response, Form asked) {
    const auto field = response.headers.find("Content-Type");
    if (!field) return asked;
    const auto type = ascii_lower(http::trimmed(field->substr(0, field->find(';'))));
    if (type == "application/json") return Form::json;
    return type == "application/x-protobuf" || type == "application/protobuf" ? Form::protobuf : Form::other;
}

SendOutcome http_failure(const std::string& url, const Error& error) {
    auto why = fmt::format("{}: {}", printable_url(url), error.detail());
    if (!error.cause().empty()) why += " (" + error.cause() + ")";
    // A failure on the way may not happen the next time. An answer that could not be read will be
    // the same again.
    const bool again = error.code() == Code::unavailable || error.code() == Code::deadline_exceeded;
    return again ? SendOutcome::delay(std::move(why)) : SendOutcome::refusal(std::move(why));
}

HttpTransport::MakeClient client_maker(EventLoop& loop, const SignalExport& settings) {
    return [&loop, settings](const http::Url& url) -> Result<std::unique_ptr<http::Client>> {
        http::ClientOptions options;
        auto connector = net::make_connector(loop, url.address, options.connect_time_max);
        if (url.tls) {
            auto tls = make_tls(settings, {"h2", "http/1.1"});
            if (!tls) return std::move(tls).error();
            options.tls = *tls;
            connector = make_following_connector(loop, url.address, options.connect_time_max, std::move(*tls));
        }
        return std::make_unique<http::Client>(loop, url.address.to_string(), options, std::move(connector));
    };
}

}  // namespace

Result<std::unique_ptr<Transport>> HttpTransport::make(EventLoop& loop, const SignalExport& settings, const Clock& clock) {
    return make(client_maker(loop, settings), settings, clock);
}

Result<std::unique_ptr<Transport>> HttpTransport::make(MakeClient make_client, const SignalExport& settings, const Clock& clock) {
    auto url = http::Url::parse(settings.endpoint);
    if (!url) return std::move(url).error();
    auto client = make_client(*url);
    if (!client) return std::move(client).error();
    Receiver home{settings.endpoint, std::move(url->target), std::move(*client)};
    return std::unique_ptr<Transport>{new HttpTransport{std::move(make_client), std::move(home), settings, clock}};
}

HttpTransport::HttpTransport(MakeClient make_client, Receiver home, const SignalExport& settings, const Clock& clock)
    : make_client_{std::move(make_client)},
      home_{std::move(home)},
      json_{settings.protocol == Protocol::http_json},
      gzip_{settings.gzip},
      user_agent_{settings.program + "-otlp-exporter"},
      headers_{settings.headers},
      clock_{clock} {}

Task<SendOutcome> HttpTransport::send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) {
    auto body = json_ ? to_json(signal, request) : std::string{request};
    if (gzip_) body = gzip(body);
    auto url = home_.url;
    for (int redirects = 0;; ++redirects) {
        const auto receiver = find_receiver(url);
        if (!receiver) co_return http_failure(url, receiver.error());
        auto message = make_request(**receiver, body);
        const auto response = co_await (*receiver)->client->send(ctx, std::move(message));
        if (!response) co_return http_failure(url, response.error());
        const auto location = response->headers.find("Location");
        if (!is_followed(response->status) || !location) co_return judge(signal, url, *response);
        auto next = follow(url, *location);
        if (!next) co_return http_failure(url, next.error());
        if (redirects == kRedirectsMax) {
            co_return SendOutcome::refusal(fmt::format("{} redirects again after {} redirects", printable_url(url), redirects));
        }
        url = *std::move(next);
    }
}

Result<HttpTransport::Receiver*> HttpTransport::find_receiver(const std::string& url) {
    auto parsed = http::Url::parse(url);
    if (!parsed) return std::move(parsed).error();
    Receiver* found = &home_;
    if (!same_origin(url, home_.url)) {
        if (!elsewhere_ || !same_origin(url, elsewhere_->url)) {
            auto client = make_client_(*parsed);
            if (!client) return std::move(client).error();
            elsewhere_ = Receiver{url, {}, std::move(*client)};
        }
        found = &*elsewhere_;
    }
    found->target = std::move(parsed->target);
    return found;
}

http::ClientRequest HttpTransport::make_request(const Receiver& receiver, const std::string& body) const {
    http::ClientRequest message{.method = "POST", .target = receiver.target};
    message.headers.add("User-Agent", user_agent_);
    if (gzip_) message.headers.add("Content-Encoding", "gzip");
    if (&receiver == &home_) {
        for (const auto& [name, value] : headers_) message.headers.add(name, value.reveal());
    }
    message.content_type = json_ ? "application/json" : "application/x-protobuf";
    message.body = body;
    return message;
}

SendOutcome HttpTransport::judge(telemetry::Signal signal, const std::string& url, const http::ClientResponse& response) const {
    if (response.status >= 200 && response.status < 300) return judge_success(signal, url, response);
    const auto said = json_ ? std::string_view{} : decode_status_message(response.body);
    SendOutcome outcome{.kind = SendOutcome::Kind::refused};
    outcome.message = fmt::format("{} answered {}{}{}", printable_url(url), response.status, said.empty() ? "" : ": ", said);
    if (const auto location = response.headers.find("Location"); location && response.status >= 300 && response.status < 400) {
        outcome.message += fmt::format(", a redirect to {} that an export does not follow", printable_url(*location));
    }
    if (is_retryable_http_status(response.status)) {
        outcome.kind = SendOutcome::Kind::again;
        if (const auto field = response.headers.find("Retry-After"))
            outcome.retry_after = parse_retry_after(*field, clock_.now());
    }
    return outcome;
}

SendOutcome HttpTransport::judge_success(telemetry::Signal signal, const std::string& url,
                                         const http::ClientResponse& response) const {
    // Several receivers leave out the response that the specification requires.
    if (response.body.empty()) return {};
    const auto form = form_of(response, json_ ? Form::json : Form::protobuf);
    std::optional<SendOutcome> outcome;
    if (form == Form::json) outcome = decode_json_response(signal, response.body);
    if (form == Form::protobuf) outcome = decode_export_response(response.body);
    if (outcome) return *std::move(outcome);
    return SendOutcome::refusal(fmt::format("{} answered {} with {}, which is no OTLP response; is it the URL of a receiver?",
                                            printable_url(url), response.status,
                                            response.headers.find("Content-Type").value_or("a body of no content type")));
}

}  // namespace tw::otlp
