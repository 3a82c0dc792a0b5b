#include "tests/simulation/http_channel.hpp"

#include "kit/http/json_mapping.hpp"
#include "proto/catalog.tw.hpp"
#include "proto/order.tw.hpp"
#include "proto/payment.tw.hpp"
#include "proto/user.tw.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace tw::shop {
namespace {

namespace json = boost::json;

const rpc::Route& route_of(const rpc::Method& method) {
    for (const auto routes : {::user::user_service_routes(), ::catalog::catalog_service_routes(), ::order::order_service_routes(),
                              ::payment::payment_service_routes()}) {
        for (const auto& route : routes) {
            if (route.method == &method) return route;
        }
    }
    throw std::logic_error{std::string{method.path} + " has no route"};
}

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string{value.as_string()} : json::serialize(value);
}

bool is_default(const json::value& value) {
    if (value.is_string()) return value.as_string().empty();
    if (value.is_array()) return value.as_array().empty();
    return value.is_null() || value == json::value(0) || value == json::value(false);
}

/// Ids and e-mail addresses: nothing in them needs more.
std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_') {
            out += c;
        } else {
            out += '%';
            out += kDigits[byte >> 4];
            out += kDigits[byte & 0xF];
        }
    }
    return out;
}

/// Fills the variables of the route from `fields`, and takes them out of these.
std::string target_of(const rpc::Route& route, json::object& fields) {
    std::string target;
    for (auto path = route.path; !path.empty();) {
        const auto open = path.find('{');
        target += path.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = path.find('}');
        const auto name = path.substr(open + 1, close - open - 1);
        if (const auto* value = fields.if_contains(name)) target += percent_encoded(text_of(*value));
        fields.erase(name);
        path.remove_prefix(close + 1);
    }
    return target;
}

http::ClientRequest write_request(const rpc::Route& route, const rpc::Message& request) {
    std::string text;
    http::write_json(request, text);
    auto fields = json::parse(text).as_object();
    http::ClientRequest out;
    out.method = route.verb;
    out.target = target_of(route, fields);
    for (auto field = fields.begin(); field != fields.end();) {
        field = is_default(field->value()) ? fields.erase(field) : std::next(field);
    }
    // The contract's versions travel in a header over HTTP.
    if (const auto* version = fields.if_contains("expected_version")) {
        out.headers.add("if-match", "\"" + text_of(*version) + "\"");
        fields.erase("expected_version");
    }
    if (route.body == "*") {
        out.content_type = "application/json";
        out.body = json::serialize(fields);
    } else {
        char before = '?';
        for (const auto& [name, value] : fields) {
            out.target += std::exchange(before, '&');
            out.target += std::string{name} + "=" + percent_encoded(text_of(value));
        }
    }
    return out;
}

Code code_of(int status) {
    switch (status) {
        case 400:
        case 422:
            return Code::invalid_argument;
        case 404:
            return Code::not_found;
        case 402:
        case 409:
        case 412:
            return Code::failed_precondition;
        case 429:
            return Code::resource_exhausted;
        case 503:
            return Code::unavailable;
        case 504:
            return Code::deadline_exceeded;
        default:
            return status < 500 ? Code::invalid_argument : Code::internal;
    }
}

/// Reads application/problem+json as a client does. What is refused was not done. What may be repeated was not done either,
/// unless the request had a key, with which it may be repeated after every outcome.
Error read_problem(const http::ClientResponse& response, bool has_key) {
    std::string reason = "HTTP_" + std::to_string(response.status);
    std::string detail;
    bool retryable = false;
    boost::system::error_code error;
    const auto parsed = json::parse(response.body, error);
    if (!error && parsed.is_object()) {
        const auto& problem = parsed.as_object();
        if (const auto* value = problem.if_contains("code"); value != nullptr && value->is_string()) reason = value->as_string();
        if (const auto* value = problem.if_contains("detail"); value != nullptr && value->is_string())
            detail = value->as_string();
        if (const auto* value = problem.if_contains("retryable"); value != nullptr && value->is_bool())
            retryable = value->as_bool();
    }
    const bool open = response.status >= 500 && (has_key || !retryable);
    return Error{code_of(response.status), reason, detail}.with_retryable(retryable).with_outcome_open(open);
}

}  // namespace

Task<Result<void>> HttpChannel::unary(const CallContext& ctx, const rpc::Method& method, const rpc::Message& request,
                                      rpc::Message& response, rpc::CallOptions*) {
    const auto& route = route_of(method);
    const auto& key = ctx.attributes().idempotency_key;
    auto sent = write_request(route, request);
    if (!key.empty()) sent.headers.add("idempotency-key", key);
    auto answer = co_await client_->send(ctx, std::move(sent));
    // The client does not say how far it got.
    if (!answer) co_return std::move(answer).error().with_outcome_open(true);
    if (answer->status < 200 || answer->status >= 300) co_return read_problem(*answer, !key.empty());
    std::vector<Violation> violations;
    auto parsed = http::parse_json(answer->body, response, violations);
    if (!parsed) co_return std::move(parsed).error().with_outcome_open(true);
    if (!violations.empty()) co_return internal("the answer has a field that the contract lacks: " + violations.front().pointer);
    co_return Result<void>{};
}

Task<Result<std::unique_ptr<rpc::ClientStream>>> HttpChannel::open(const CallContext&, const rpc::Method&, rpc::CallOptions*) {
    co_return Error{Code::unimplemented, "UNIMPLEMENTED", "HTTP routes have no streams"};
}

}  // namespace tw::shop
