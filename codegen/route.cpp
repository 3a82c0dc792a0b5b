#include "codegen/route.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace tw::codegen {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

bool is_literal(std::string_view segment) {
    return !segment.empty() && std::ranges::all_of(segment, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
               c == '~';
    });
}

std::pair<std::string, std::string> verb_and_path(const tradewind::Http& http) {
    switch (http.pattern_case()) {
        case tradewind::Http::kGet:
            return {"GET", http.get()};
        case tradewind::Http::kPut:
            return {"PUT", http.put()};
        case tradewind::Http::kPost:
            return {"POST", http.post()};
        case tradewind::Http::kDelete:
            return {"DELETE", http.delete_()};
        case tradewind::Http::kPatch:
            return {"PATCH", http.patch()};
        case tradewind::Http::PATTERN_NOT_SET:
            return {};
    }
    return {};
}

void check_variable(const MethodDescriptor& method, const HttpRoute& route, const std::string& name, Problems& problems) {
    const auto* field = method.input_type()->FindFieldByName(name);
    if (!field) {
        problems.add(method, fmt::format("its path {} has the variable {{{}}}, but {} has no field of that name", route.path,
                                         name, method.input_type()->full_name()));
    } else if (field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) {
        problems.add(method, fmt::format("its path variable {{{}}} names a field that is no single string", name));
    }
    if (std::ranges::count(route.variables, name) > 1) {
        problems.add(method, fmt::format("its path {} has the variable {{{}}} twice", route.path, name));
    }
}

/// Reads the variables of the path into `route.variables`.
void read_path(const MethodDescriptor& method, HttpRoute& route, Problems& problems) {
    if (!route.path.starts_with('/')) {
        problems.add(method, fmt::format("its route \"{}\" does not start with \"/\"", route.path));
        return;
    }
    std::string_view rest = route.path;
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const auto segment = rest.substr(0, rest.find('/'));
        rest.remove_prefix(segment.size());
        const bool variable = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
        if (variable) {
            route.variables.emplace_back(segment.substr(1, segment.size() - 2));
        } else if (!is_literal(segment)) {
            problems.add(
                method, fmt::format("its route \"{}\" has the segment \"{}\", which is neither a plain name nor one {{variable}}",
                                    route.path, segment));
        }
    }
    for (const auto& name : route.variables) check_variable(method, route, name, problems);
}

void check_body(const MethodDescriptor& method, const HttpRoute& route, Problems& problems) {
    if (route.body.empty()) return;
    if (route.verb == "GET" || route.verb == "DELETE") {
        problems.add(method, fmt::format("a {} has no body, so `body` must be left out", route.verb));
    }
    if (route.body == "*") return;
    const auto* body = method.input_type()->FindFieldByName(route.body);
    if (!body) {
        problems.add(method, fmt::format("its `body` \"{}\" names no field of {}", route.body, method.input_type()->full_name()));
        return;
    }
    for (int i = 0; i < method.input_type()->field_count(); ++i) {
        const auto& field = *method.input_type()->field(i);
        if (&field == body || route.is_variable(field.name())) continue;
        problems.add(
            method,
            fmt::format("nothing in an HTTP request can set the field {}: it is neither in the path nor the `body` \"{}\"",
                        field.name(), route.body));
    }
}

void check_query(const MethodDescriptor& method, const HttpRoute& route, Problems& problems) {
    for (int i = 0; i < method.input_type()->field_count(); ++i) {
        const auto& field = *method.input_type()->field(i);
        if (!route.is_query(field.name()) || field.type() != FieldDescriptor::TYPE_MESSAGE) continue;
        problems.add(method, fmt::format("the field {} is a message and cannot be a query parameter; the route needs a `body`",
                                         field.name()));
    }
}

}  // namespace

std::string HttpRoute::shape() const {
    std::string text = verb + " ";
    bool in_variable = false;
    for (const char c : path) {
        in_variable = in_variable && c != '}';
        if (!in_variable) text += c;
        in_variable = in_variable || c == '{';
    }
    return text;
}

bool HttpRoute::is_variable(const std::string& field) const { return std::ranges::find(variables, field) != variables.end(); }

std::optional<HttpRoute> read_route(const MethodDescriptor& method, const tradewind::MethodPolicy& policy, Problems& problems) {
    HttpRoute route;
    std::tie(route.verb, route.path) = verb_and_path(policy.http());
    if (route.verb.empty()) {
        problems.add(method, "its `http` has no route; write one of get, put, post, delete and patch");
        return std::nullopt;
    }
    route.body = policy.http().body();
    if (method.client_streaming()) problems.add(method, "takes a stream of requests, which an HTTP route cannot carry");
    if (method.server_streaming() && route.verb != "GET")
        problems.add(method, "streams its answers, which clients of server-sent events ask for by GET");
    if (route.verb == "GET" && policy.idempotency() != tradewind::SAFE)
        problems.add(method, "a GET has no effect, so its idempotency is SAFE");
    read_path(method, route, problems);
    check_body(method, route, problems);
    check_query(method, route, problems);
    return route;
}

}  // namespace tw::codegen
