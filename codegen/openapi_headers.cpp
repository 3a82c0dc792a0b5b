#include "codegen/openapi_headers.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tw::codegen {

namespace {

namespace json = boost::json;

json::object plain_text_schema() { return {{"type", "string"}}; }

json::object parameter(std::string_view name, std::string_view description, json::object schema = plain_text_schema()) {
    return {{"name", name}, {"in", "header"}, {"description", description}, {"schema", std::move(schema)}};
}

json::object header(std::string_view description, json::object schema) {
    return {{"description", description}, {"schema", std::move(schema)}};
}

void refer(json::object& headers, std::string_view name) {
    headers[name] = json::object{{"$ref", fmt::format("#/components/headers/{}", name)}};
}

}  // namespace

json::object condition_parameters() {
    return {
        {"IfMatch", parameter("If-Match",
                              "The change is made only if the object's ETag is one of these, or if the object exists, for * "
                              "(RFC 9110 §13.1.1). The version alone, such as \"7\", is also taken as an ETag.")},
        {"IfNoneMatch", parameter("If-None-Match",
                                  "ETags of the answers that the client has. If the object's ETag is one of them, the answer is "
                                  "304 without a body (RFC 9110 §13.1.2).")},
        {"LastEventId", parameter("Last-Event-ID",
                                  "The id of the last event that the client got. The stream continues after it. The field wins "
                                  "over `after_version`.")},
        {"IdempotencyKey",
         parameter("Idempotency-Key",
                   "A text that the client chooses for this request, such as a UUID: at most 255 visible ASCII characters. A "
                   "request that is sent again with its key has no second effect and gets the same answer.",
                   {{"type", "string"}, {"pattern", "^[!-~]{0,255}$"}})}};
}

json::object response_headers() {
    const json::object seconds{{"type", "integer"}, {"minimum", 1}};
    const json::object tag{{"type", "string"}, {"pattern", "^\"[0-9]+(-[0-9a-f]{16})?\"$"}};
    return {
        {"ETag", header("The object's version, and a hash of what changes without it", tag)},
        {"Retry-After", header("After how many seconds to try again", seconds)},
        {"RateLimit",
         header("How many requests the client may still send; sent once half of them are used", plain_text_schema())},
        {"RateLimit-Policy", header("How many requests the client may send", plain_text_schema())},
        {"Idempotent-Replayed",
         header("true if the answer is the stored one of an earlier request with the same Idempotency-Key", plain_text_schema())},
        {"Accept", header("The media types that a body may have", plain_text_schema())},
        {"Accept-Encoding", header("The encodings that a body may have", plain_text_schema())},
        {"Accept-Post", header("The media types that a body of POST may have", plain_text_schema())},
        {"Accept-Patch", header("The media types that a body of PATCH may have", plain_text_schema())}};
}

json::object headers_of_problem(int status) {
    json::object headers;
    if (status == 429 || status == 503) refer(headers, "Retry-After");
    if (status == 415) {
        for (const auto* name : {"Accept", "Accept-Encoding", "Accept-Post", "Accept-Patch"}) refer(headers, name);
    }
    if (status < 500) {
        refer(headers, "RateLimit");
        refer(headers, "RateLimit-Policy");
    }
    return headers;
}

}  // namespace tw::codegen
