#include "codegen/openapi_problem.hpp"

#include "codegen/openapi_headers.hpp"

#include <map>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace tw::codegen {

namespace {

namespace json = boost::json;

std::string description(int status) {
    static const std::map<int, std::string> texts{
        {400, "The request is wrong; `errors` names each bad field"},
        {401, "Who is calling is not known"},
        {402, "The payment was declined"},
        {403, "The caller may not do this"},
        {404, "There is no such object"},
        {409, "Another object, or a call at the same time, is in the way"},
        {408, "The request did not arrive in time"},
        {412, "What is there is not what If-Match, If-None-Match or `expected_version` ask for"},
        {413, "The body is too large"},
        {414, "The path and the query are too long"},
        {415, "The body is of a media type that is not in `Accept`, or encoded"},
        {417, "Another expectation than 100-continue"},
        {422, "The idempotency key was used for another request"},
        {429, "Too many requests; try again after `Retry-After`"},
        {431, "The header is too large"},
        {500, "A fault of the server; `trace_id` finds its cause in the log"},
        {501, "Not implemented by the service that is there now"},
        {503, "Not available now; try again after `Retry-After`"},
        {504, "It took too long; whether it was done is not known"},
    };
    const auto found = texts.find(status);
    return found == texts.end() ? fmt::format("HTTP status {}", status) : found->second;
}

json::object text(std::string_view description) { return {{"type", "string"}, {"description", description}}; }

}  // namespace

std::string problem_name(int status) {
    static const std::map<int, std::string> names{
        {400, "BadRequest"},
        {401, "Unauthorized"},
        {402, "PaymentRequired"},
        {403, "Forbidden"},
        {404, "NotFound"},
        {409, "Conflict"},
        {408, "RequestTimeout"},
        {412, "PreconditionFailed"},
        {413, "ContentTooLarge"},
        {414, "UriTooLong"},
        {415, "UnsupportedMediaType"},
        {417, "ExpectationFailed"},
        {422, "UnprocessableContent"},
        {429, "TooManyRequests"},
        {431, "RequestHeaderFieldsTooLarge"},
        {500, "InternalServerError"},
        {501, "NotImplemented"},
        {503, "ServiceUnavailable"},
        {504, "GatewayTimeout"},
    };
    const auto found = names.find(status);
    return found == names.end() ? fmt::format("Status{}", status) : found->second;
}

json::object problem_response(int status) {
    json::object content{{"schema", json::object{{"$ref", "#/components/schemas/Problem"}}}};
    json::object response{{"description", description(status)}};
    if (auto headers = headers_of_problem(status); !headers.empty()) response["headers"] = std::move(headers);
    response["content"] = json::object{{"application/problem+json", std::move(content)}};
    return response;
}

json::object problem_schema() {
    json::object item{{"type", "object"},
                      {"properties", json::object{{"pointer", text("A JSON pointer (RFC 6901) to the field")},
                                                  {"detail", text("What is wrong with it")}}},
                      {"required", json::array{"pointer", "detail"}}};
    json::object properties;
    properties["type"] = text("A URI that names the kind of problem");
    properties["title"] = text("The kind of problem in words");
    properties["status"] = json::object{{"type", "integer"}, {"description", "The HTTP status"}};
    properties["detail"] = text("What happened this time");
    properties["instance"] = text("The path of the request");
    properties["code"] = json::object{
        {"type", "string"}, {"description", "Why, as a constant that programs test"}, {"examples", json::array{"EMAIL_TAKEN"}}};
    properties["retryable"] =
        json::object{{"type", "boolean"}, {"description", "Whether the same request may succeed a little later"}};
    properties["errors"] =
        json::object{{"type", "array"}, {"items", std::move(item)}, {"description", "Each bad field of the request"}};
    properties["trace_id"] = text("Finds the request in traces and logs");
    return {{"type", "object"},
            {"description", "A problem as of RFC 9457"},
            {"properties", std::move(properties)},
            {"required", json::array{"type", "title", "status", "detail", "code", "retryable"}}};
}

}  // namespace tw::codegen
