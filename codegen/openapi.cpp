#include "codegen/openapi.hpp"

#include "codegen/names.hpp"
#include "codegen/openapi_headers.hpp"
#include "codegen/openapi_problem.hpp"
#include "codegen/openapi_schema.hpp"
#include "kit/base/json_text.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/stubs/strutil.h>

namespace tw::codegen {

namespace {

namespace json = boost::json;
using google::protobuf::MethodDescriptor;

/// The error statuses that any route may answer: the request's form or its access token is wrong,
/// the rate is exceeded, or the system cannot serve it now.
constexpr int kCommonStatuses[] = {400, 401, 408, 412, 413, 414, 417, 429, 431, 500, 501, 503, 504};

constexpr const char* kDescription =
    "Bodies are JSON in UTF-8. Names of fields are in snake_case. A request may also write them in lowerCamelCase, and whole "
    "numbers as strings, as clients of protobuf's JSON mapping do. In a request, null is the same as an absent field, except in "
    "a merge patch (application/merge-patch+json). An answer has all its fields; a newer version may add some. Errors are "
    "problems (RFC 9457). An operation with a security requirement needs an access token, unless the server runs for development "
    "without an issuer.";

/// The name of the access token among the security schemes.
constexpr const char* kAccessToken = "AccessToken";

bool is_public(const MethodModel& method) {
    const auto& allow = method.policy.allow();
    return std::ranges::find(allow, static_cast<int>(tradewind::PUBLIC)) != allow.end();
}

json::object security_schemes() {
    json::object schemes;
    schemes[kAccessToken] = json::object{{"type", "http"},
                                         {"scheme", "bearer"},
                                         {"bearerFormat", "JWT"},
                                         {"description", "An access token of an issuer that the server accepts (RFC 6750)"}};
    return schemes;
}

bool is_keyed(const MethodModel& method) { return method.policy.idempotency() == tradewind::KEYED; }

/// Whether the message has the field from which entity tags are made.
bool has_version(const google::protobuf::Descriptor& message) {
    const auto* field = message.FindFieldByName("version");
    return field != nullptr && !field->is_repeated() && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_INT64;
}

/// Whether a client that lost the stream continues after the last event that it got.
bool resumes(const MethodModel& method) {
    const auto& request = *method.descriptor->input_type();
    return method.descriptor->server_streaming() && request.FindFieldByName("after_version") != nullptr;
}

json::object component(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

/// Builds the document from the routes, one after the other.
class Document {
 public:
    explicit Document(const Contract& contract) : schemas_{contract} {}

    void add(const ServiceModel& service) {
        const auto routed = [](const MethodModel& method) { return method.http.has_value(); };
        if (std::ranges::none_of(service.methods, routed)) return;
        json::object tag{{"name", service.descriptor->name()}};
        if (const auto comment = comment_of(*service.descriptor); !comment.empty()) tag["description"] = comment;
        tags_.push_back(std::move(tag));
        for (const auto& method : service.methods) {
            if (method.http) add(method);
        }
    }

    /// Returns the document; `info` gets the description of every contract.
    json::object take(json::object info) {
        json::object responses;
        for (const int status : statuses_) responses[problem_name(status)] = problem_response(status);
        auto schemas = schemas_.take_components();
        schemas["Problem"] = problem_schema();
        json::object components{{"schemas", std::move(schemas)},
                                {"responses", std::move(responses)},
                                {"parameters", condition_parameters()},
                                {"headers", response_headers()},
                                {"securitySchemes", security_schemes()}};
        info["description"] = kDescription;
        return {{"openapi", "3.1.0"},
                {"info", std::move(info)},
                {"tags", std::move(tags_)},
                {"paths", std::move(paths_)},
                {"components", std::move(components)}};
    }

 private:
    void add(const MethodModel& method) {
        auto verb = method.http->verb;
        google::protobuf::LowerString(&verb);
        if (!paths_.contains(method.http->path)) paths_[method.http->path] = json::object{};
        paths_[method.http->path].as_object()[verb] = operation(method);
    }

    json::object operation(const MethodModel& method);
    json::array parameters(const MethodModel& method);
    json::object request_body(const MethodModel& method);
    static bool demands_body(const MethodModel& method);
    json::object responses(const MethodModel& method);
    std::string operation_id(const MethodDescriptor& method);

    Schemas schemas_;
    json::array tags_;
    json::object paths_;
    std::set<int> statuses_;
    std::set<std::string> operation_ids_;
};

json::object Document::operation(const MethodModel& method) {
    const auto& descriptor = *method.descriptor;
    json::object operation{{"operationId", operation_id(descriptor)}, {"tags", json::array{descriptor.service()->name()}}};
    if (!method.policy.summary().empty()) operation["summary"] = method.policy.summary();
    if (const auto comment = comment_of(descriptor); !comment.empty()) operation["description"] = comment;
    if (auto listed = parameters(method); !listed.empty()) operation["parameters"] = std::move(listed);
    if (!method.http->body.empty()) operation["requestBody"] = request_body(method);
    operation["responses"] = responses(method);
    if (!is_public(method)) {
        json::object requirement;
        requirement[kAccessToken] = json::array{};
        json::array alternatives;
        alternatives.push_back(std::move(requirement));
        operation["security"] = std::move(alternatives);
    }
    return operation;
}

json::object Document::request_body(const MethodModel& method) {
    const auto& request = *method.descriptor->input_type();
    const auto& body = method.http->body;
    const auto schema = [&](Use use) {
        auto described = body == "*" ? schemas_.body_reference(request, *method.http, use)
                                     : schemas_.reference(*request.FindFieldByName(body)->message_type(), use);
        return json::object{{"schema", std::move(described)}};
    };
    json::object content{{"application/json", schema(Use::request)}};
    if (method.http->verb == "PATCH") content["application/merge-patch+json"] = schema(Use::merge_patch);
    return {{"required", demands_body(method)}, {"content", std::move(content)}};
}

/// Whether the contract requires anything in the body. A request without a body is equal to one
/// with an empty object.
bool Document::demands_body(const MethodModel& method) {
    const auto& request = *method.descriptor->input_type();
    if (const auto* field = request.FindFieldByName(method.http->body)) return is_demanded(*field);
    for (int i = 0; i < request.field_count(); ++i) {
        if (!method.http->is_variable(request.field(i)->name()) && is_demanded(*request.field(i))) return true;
    }
    return false;
}

std::string Document::operation_id(const MethodDescriptor& method) {
    auto id = fmt::format("{}_{}", method.service()->name(), method.name());
    if (!operation_ids_.insert(id).second) {
        // Another package has a service of the same name.
        id = method.full_name();
        std::ranges::replace(id, '.', '_');
        operation_ids_.insert(id);
    }
    return id;
}

json::array Document::parameters(const MethodModel& method) {
    json::array listed;
    const auto& request = *method.descriptor->input_type();
    for (int i = 0; i < request.field_count(); ++i) {
        const auto& field = *request.field(i);
        const bool in_path = method.http->is_variable(field.name());
        if (!in_path && !method.http->is_query(field.name())) continue;
        json::object parameter{{"name", field.name()}, {"in", in_path ? "path" : "query"}};
        if (in_path || is_demanded(field)) parameter["required"] = true;
        auto schema = schemas_.field(field, Use::parameter);
        if (const auto* description = schema.if_contains("description")) {
            parameter["description"] = *description;
            schema.erase("description");
        }
        parameter["schema"] = std::move(schema);
        listed.push_back(std::move(parameter));
    }
    if (request.FindFieldByName("expected_version") != nullptr) listed.push_back(component("parameters", "IfMatch"));
    if (resumes(method)) listed.push_back(component("parameters", "LastEventId"));
    const bool stream = method.descriptor->server_streaming();
    const bool tagged = method.http->verb == "GET" && !stream && has_version(*method.descriptor->output_type());
    if (tagged) listed.push_back(component("parameters", "IfNoneMatch"));
    if (is_keyed(method)) listed.push_back(component("parameters", "IdempotencyKey"));
    return listed;
}

json::object Document::responses(const MethodModel& method) {
    const auto& answer = *method.descriptor->output_type();
    const bool stream = method.descriptor->server_streaming();
    const auto description =
        stream ? fmt::format(
                     "Server-sent events; the data of each is one {}. An event of the type `error` has a Problem as its "
                     "data and is the last one",
                     answer.name())
               : answer.name();
    json::object content;
    content[stream ? "text/event-stream" : "application/json"] =
        json::object{{"schema", schemas_.reference(answer, Use::answer)}};
    json::object headers{{"RateLimit", component("headers", "RateLimit")},
                         {"RateLimit-Policy", component("headers", "RateLimit-Policy")}};
    if (has_version(answer) && !stream) headers["ETag"] = component("headers", "ETag");
    if (is_keyed(method)) headers["Idempotent-Replayed"] = component("headers", "Idempotent-Replayed");
    json::object responses{
        {"200", json::object{{"description", description}, {"headers", headers}, {"content", std::move(content)}}}};
    if (stream) {
        responses["204"] = json::object{{"description", "There is nothing to watch any more; do not connect again"}};
    } else if (method.http->verb == "GET") {
        responses["304"] =
            json::object{{"description", "The client's copy is current: the ETag is one of those in If-None-Match"},
                         {"headers", std::move(headers)}};
    }
    std::set<int> statuses{std::begin(kCommonStatuses), std::end(kCommonStatuses)};
    statuses.insert(method.policy.errors().begin(), method.policy.errors().end());
    if (!is_public(method)) statuses.insert(403);
    if (!method.http->variables.empty()) statuses.insert(404);
    if (!method.http->body.empty()) statuses.insert(415);
    if (stream) statuses.insert(406);
    if (is_keyed(method)) statuses.insert({409, 422});
    for (const int status : statuses) responses[std::to_string(status)] = component("responses", problem_name(status));
    statuses_.insert(statuses.begin(), statuses.end());
    return responses;
}

}  // namespace

std::string openapi_document(const Contract& contract, const OpenApiInfo& info) {
    Document document{contract};
    for (const auto& file : contract.files) {
        for (const auto& service : file.services) document.add(service);
    }
    return indented_json(json::serialize(document.take({{"title", info.title}, {"version", info.version}})));
}

std::string service_document(const Contract& contract, const ServiceModel& service) {
    Document document{contract};
    document.add(service);
    return json::serialize(document.take({}));
}

}  // namespace tw::codegen
