#include "codegen/openapi_headers.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tw::codegen {

namespace {

namespace json = boost::json;

json::object plain_text_schema() { return {{"type", "string"}}; }

json::object parameter(std::string_view name, std::string_view description) {
    return {{"name", name}, {"in", "header"}, {"description", description}, {"schema", plain_text_schema()}};
}

json::object header(std::string_view description, json::object schema) {
    return {{"description", description}, {"schema", std::move(schema)}};
}

void refer(json::object& headers, std::string_view name) {
    headers[name] = json::object{{"$ref", fmt::format("#/components/headers/{}", name)}};
}

}  // namespace

json::object condition_parameters() {
    return {{"IfMatch", parameter("If-Match",
                                  "Entity tags, such as \"7\", of which one must be the object's now; * for any object "
                                  "(RFC 9110 §13.1.1). A version alone is a tag, too.")},
            {"IfNoneMatch", parameter("If-None-Match",
                                      "Entity tags that the client has: when one of them is the object's now, the "
                                      "answer is 304 without a body (RFC 9110 §13.1.2).")}};
}

json::object response_headers() {
    const json::object seconds{{"type", "integer"}, {"minimum", 1}};
    const json::object tag{{"type", "string"}, {"pattern", "^\"[0-9]+(-[0-9a-f]{16})?\"$"}};
    return {{"ETag", header("The object's version, and a hash of what changes without it", tag)},
            {"Retry-After", header("Seconds after which it may be tried again", seconds)},
            {"RateLimit", header("What is left to the caller, once half of it is used up", plain_text_schema())},
            {"RateLimit-Policy", header("How much the caller may ask for", plain_text_schema())},
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
