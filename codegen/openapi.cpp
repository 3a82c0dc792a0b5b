#include "codegen/openapi.hpp"

#include "codegen/json_text.hpp"
#include "codegen/names.hpp"
#include "codegen/openapi_problem.hpp"
#include "codegen/openapi_schema.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <google/protobuf/stubs/strutil.h>

namespace tw::codegen {

namespace {

namespace json = boost::json;
using google::protobuf::MethodDescriptor;

/// What any method may answer.
constexpr int kCommonStatuses[] = {400, 500, 503, 504};

/// Collects the document while it goes through the routes.
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

    std::string text(const OpenApiInfo& info) {
        json::object responses;
        for (const int status : statuses_) responses[problem_name(status)] = problem_response(status);
        auto schemas = schemas_.take_components();
        schemas["Problem"] = problem_schema();
        json::object components{{"schemas", std::move(schemas)}, {"responses", std::move(responses)}};
        if (keyed_) components["parameters"] = json::object{{"IdempotencyKey", idempotency_key_parameter()}};
        return json_text(json::object{{"openapi", "3.1.0"},
                                      {"info", json::object{{"title", info.title}, {"version", info.version}}},
                                      {"tags", std::move(tags_)},
                                      {"paths", std::move(paths_)},
                                      {"components", std::move(components)}});
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
    json::object responses(const MethodModel& method);
    std::string operation_id(const MethodDescriptor& method);

    Schemas schemas_;
    json::array tags_;
    json::object paths_;
    std::set<int> statuses_;
    std::set<std::string> operation_ids_;
    bool keyed_ = false;
};

json::object Document::operation(const MethodModel& method) {
    const auto& descriptor = *method.descriptor;
    json::object operation{{"operationId", operation_id(descriptor)}, {"tags", json::array{descriptor.service()->name()}}};
    if (!method.policy.summary().empty()) operation["summary"] = method.policy.summary();
    if (const auto comment = comment_of(descriptor); !comment.empty()) operation["description"] = comment;
    if (auto listed = parameters(method); !listed.empty()) operation["parameters"] = std::move(listed);
    if (const auto& body = method.http->body; !body.empty()) {
        const auto& request = *descriptor.input_type();
        auto schema =
            body == "*" ? schemas_.body_reference(request, *method.http) : schemas_.field(*request.FindFieldByName(body));
        json::object content{{"application/json", json::object{{"schema", std::move(schema)}}}};
        operation["requestBody"] = json::object{{"required", true}, {"content", std::move(content)}};
    }
    operation["responses"] = responses(method);
    return operation;
}

std::string Document::operation_id(const MethodDescriptor& method) {
    auto id = fmt::format("{}_{}", method.service()->name(), method.name());
    if (!operation_ids_.insert(id).second) {
        // Another package has a service of this name.
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
        auto schema = schemas_.field(field);
        if (const auto* description = schema.if_contains("description")) {
            parameter["description"] = *description;
            schema.erase("description");
        }
        parameter["schema"] = std::move(schema);
        listed.push_back(std::move(parameter));
    }
    if (method.policy.idempotency() == tradewind::KEYED) {
        keyed_ = true;
        listed.push_back(json::object{{"$ref", "#/components/parameters/IdempotencyKey"}});
    }
    return listed;
}

json::object Document::responses(const MethodModel& method) {
    const auto& answer = *method.descriptor->output_type();
    const bool stream = method.descriptor->server_streaming();
    const auto description =
        stream ? fmt::format("Server-sent events; the data of each is one {}", answer.name()) : answer.name();
    json::object content;
    content[stream ? "text/event-stream" : "application/json"] = json::object{{"schema", schemas_.reference(answer)}};
    json::object responses{{"200", json::object{{"description", description}, {"content", std::move(content)}}}};
    std::set<int> statuses{std::begin(kCommonStatuses), std::end(kCommonStatuses)};
    statuses.insert(method.policy.errors().begin(), method.policy.errors().end());
    for (const int status : statuses) {
        responses[std::to_string(status)] = json::object{{"$ref", "#/components/responses/" + problem_name(status)}};
    }
    statuses_.insert(statuses.begin(), statuses.end());
    return responses;
}

}  // namespace

std::string openapi_document(const Contract& contract, const OpenApiInfo& info) {
    Document document{contract};
    for (const auto& file : contract.files) {
        for (const auto& service : file.services) document.add(service);
    }
    return document.text(info);
}

}  // namespace tw::codegen
