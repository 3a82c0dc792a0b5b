#include "apps/trace_context/test_service.hpp"

#include "kit/http/problem.hpp"

#include <utility>

#include <boost/json.hpp>

namespace tw::trace_context {
namespace {

namespace json = boost::json;

constexpr std::string_view kPath = "/test";
/// Whoever calls chooses the addresses, so there must be an end to those that are remembered.
constexpr std::size_t kClientsMax = 64;

Error bad_body(std::string detail) { return Error{Code::invalid_argument, "MALFORMED_BODY", std::move(detail)}; }

}  // namespace

Task<http::Response> TestService::answer(const CallContext& ctx, const http::Request& request) {
    if (request.path != kPath) co_return http::problem(not_found("path", request.path), ctx.trace(), request.path);
    if (request.method != "POST") {
        const Error error{Code::unimplemented, "METHOD_NOT_ALLOWED", "This path takes POST."};
        auto response = http::problem(error, ctx.trace(), request.path);
        response.headers.add("allow", "POST");
        co_return response;
    }
    http::Response response{.body = "{}", .route = kPath};
    auto calls = read_calls(request.body);
    if (!calls) {
        response = http::problem(calls.error(), ctx.trace(), request.path);
    } else {
        for (auto& call : *calls) {
            auto made = co_await make_call(ctx, std::move(call));
            if (made) continue;
            response = http::problem(made.error(), ctx.trace(), request.path);
            break;
        }
    }
    response.route = kPath;
    co_return response;
}

Result<std::vector<TestService::Call>> TestService::read_calls(std::string_view text) {
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    if (error) return bad_body("The body is no JSON.");
    const auto* const array = parsed.if_array();
    if (array == nullptr) return bad_body("The body is no JSON array.");
    std::vector<Call> calls;
    for (const auto& element : *array) {
        const auto pointer = "/" + std::to_string(calls.size());
        const auto* const object = element.if_object();
        const auto* const url = object == nullptr ? nullptr : object->if_contains("url");
        if (url == nullptr || !url->is_string()) return invalid(pointer + "/url", "is required, as a string");
        auto parsed_url = http::Url::parse(std::string_view{url->get_string()});
        if (!parsed_url) return invalid(pointer + "/url", parsed_url.error().detail());
        const auto* const arguments = object->if_contains("arguments");
        calls.push_back({std::move(*parsed_url), arguments == nullptr ? "[]" : json::serialize(*arguments)});
    }
    return calls;
}

Task<Result<void>> TestService::make_call(const CallContext& ctx, Call call) {
    auto client = client_to(call.url);
    if (!client) co_return std::move(client).error();
    http::ClientRequest request{.method = "POST", .target = call.url.target};
    request.content_type = "application/json";
    request.body = std::move(call.body);
    const auto kept = *client;
    const auto answer = co_await kept->send(ctx, std::move(request));
    if (!answer) co_return answer.error();
    co_return Result<void>{};
}

Result<std::shared_ptr<http::Client>> TestService::client_to(const http::Url& url) {
    const auto address = url.address.to_string();
    if (const auto found = clients_.find(address); found != clients_.end()) return found->second;
    auto made = http::Client::make(loop_, url, {}, telemetry_);
    if (!made) return std::move(made).error();
    if (clients_.size() >= kClientsMax) clients_.clear();
    return clients_.emplace(address, std::move(*made)).first->second;
}

}  // namespace tw::trace_context
