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
        {400, "The request is wrong; `errors` names each wrong field"},
        {401, "The access token is missing, or it is not valid"},
        {402, "The payment was declined"},
        {403, "The access token does not permit this"},
        {404, "The object does not exist"},
        {406, "The route answers with text/event-stream, which the header field `Accept` excludes"},
        {409, "The request conflicts with another object or with a call at the same time"},
        {408, "The request did not arrive in time"},
        {412, "The object has changed: its version is not the one in If-Match, If-None-Match or `expected_version`"},
        {413, "The body is too large"},
        {414, "The path and the query are too long"},
        {415, "The media type or the encoding of the body is not supported; the header field `Accept` lists those that are"},
        {417, "The header field `Expect` asks for something other than 100-continue"},
        {422, "The idempotency key was used for another request"},
        {429, "Too many requests; try again after `Retry-After`"},
        {431, "The header fields are too large"},
        {500, "The server failed; `trace_id` finds the cause in the log"},
        {501, "The running version of the service does not have this method"},
        {503, "The service is not available; try again after `Retry-After`"},
        {504, "The request took too long; a change may have been made"},
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
        {406, "NotAcceptable"},
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
    properties["code"] = json::object{{"type", "string"},
                                      {"description", "The reason, a constant that programs can compare"},
                                      {"examples", json::array{"EMAIL_TAKEN"}}};
    properties["retryable"] =
        json::object{{"type", "boolean"}, {"description", "Whether the same request may succeed a little later"}};
    properties["errors"] =
        json::object{{"type", "array"}, {"items", std::move(item)}, {"description", "Each wrong field of the request"}};
    properties["trace_id"] = text("Finds the request in traces and logs");
    return {{"type", "object"},
            {"description", "An error as RFC 9457 defines it"},
            {"properties", std::move(properties)},
            {"required", json::array{"type", "title", "status", "detail", "code", "retryable"}}};
}

}  // namespace tw::codegen
