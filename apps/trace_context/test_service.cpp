#include "apps/trace_context/test_service.hpp"

#include "kit/http/client.hpp"
#include "kit/http/problem.hpp"

#include <utility>

#include <boost/json.hpp>

namespace tw::trace_context {
namespace {

namespace json = boost::json;

constexpr std::string_view kPath = "/test";

struct Call {
    http::Url url;
    std::string body;
};

Error bad_body(std::string detail) { return Error{Code::invalid_argument, "MALFORMED_BODY", std::move(detail)}; }

Result<std::vector<Call>> read_calls(std::string_view text) {
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    if (error) return bad_body("The body is no JSON.");
    const auto* const array = parsed.if_array();
    if (array == nullptr) return bad_body("The body is no JSON array.");
    std::vector<Call> calls;
    for (const auto& element : *array) {
        const auto pointer = "/" + std::to_string(calls.size()) + "/url";
        const auto* const object = element.if_object();
        const auto* const url = object == nullptr ? nullptr : object->if_contains("url");
        if (url == nullptr || !url->is_string()) return invalid(pointer, "is required, as a string");
        auto parsed_url = http::Url::parse(std::string_view{url->get_string()});
        if (!parsed_url) return invalid(pointer, parsed_url.error().detail());
        const auto* const arguments = object->if_contains("arguments");
        calls.push_back({std::move(*parsed_url), arguments == nullptr ? "[]" : json::serialize(*arguments)});
    }
    return calls;
}

Task<Result<void>> make_calls(telemetry::Telemetry telemetry, const CallContext& ctx, std::string_view body) {
    auto calls = read_calls(body);
    if (!calls) co_return std::move(calls).error();
    for (auto& [url, arguments] : *calls) {
        const auto client = http::Client::make(ctx.loop(), url, {}, telemetry);
        if (!client) co_return client.error();
        http::ClientRequest request{.method = "POST", .target = url.target};
        request.content_type = "application/json";
        request.body = std::move(arguments);
        const auto answer = co_await (*client)->send(ctx, std::move(request));
        if (!answer) co_return answer.error();
    }
    co_return Result<void>{};
}

}  // namespace

Task<http::Response> answer(telemetry::Telemetry telemetry, const CallContext& ctx, const http::Request& request) {
    if (request.path != kPath) co_return http::problem(not_found("path", request.path), ctx.trace(), request.path);
    http::Response response{.body = "{}"};
    if (request.method != "POST") {
        const Error error{Code::unimplemented, "METHOD_NOT_ALLOWED", "This path takes POST."};
        response = http::problem(error, ctx.trace(), request.path);
        response.headers.add("allow", "POST");
    } else if (const auto made = co_await make_calls(telemetry, ctx, request.body); !made) {
        response = http::problem(made.error(), ctx.trace(), request.path);
    }
    response.route = kPath;
    co_return response;
}

}  // namespace tw::trace_context
