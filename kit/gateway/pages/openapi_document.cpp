#include "kit/gateway/pages/openapi_document.hpp"

#include "kit/base/json_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace tw::gateway {
namespace {

namespace json = boost::json;

/// The schema of errors, which every contract has. It is the last one of the document.
constexpr std::string_view kProblem = "Problem";
constexpr std::string_view kSchemaReference = "#/components/schemas/";

using Names = std::map<std::string, std::string, std::less<>>;

/// Gives the schemas of `names` their new names wherever `value` refers to them.
void rename_references(json::value& value, const Names& names) {
    if (auto* object = value.if_object()) {
        for (auto& member : *object) rename_references(member.value(), names);
    } else if (auto* array = value.if_array()) {
        for (auto& item : *array) rename_references(item, names);
    } else if (auto* text = value.if_string()) {
        const std::string_view reference = *text;
        if (!reference.starts_with(kSchemaReference)) return;
        const auto found = names.find(reference.substr(kSchemaReference.size()));
        if (found != names.end()) *text = fmt::format("{}{}", kSchemaReference, found->second);
    }
}

/// Builds the document from the documents of services, one after the other.
class Document {
 public:
    void add(std::string_view service, json::object part) {
        auto schemas = std::move(part.at("components").at("schemas").as_object());
        separate(part, schemas);
        name_apart(service, part);
        for (auto& schema : schemas) schemas_.insert(std::move(schema));
        if (info_.empty()) info_ = std::move(part.at("info").as_object());
        for (auto& tag : part.at("tags").as_array()) tags_.push_back(std::move(tag));
        add_paths(std::move(part.at("paths").as_object()));
        for (auto& [kind, components] : part.at("components").as_object()) {
            auto& all = components_.try_emplace(std::string{kind}).first->second;
            for (auto& component : components.as_object()) all.insert(std::move(component));
        }
    }

    json::object take(std::string_view title, std::string_view version);

 private:
    static Names clashes(const json::object& schemas, const json::object& known);
    void separate(json::object& part, json::object& schemas) const;
    void name_apart(std::string_view service, json::object& part);
    void add_paths(json::object paths);
    json::object take_responses();

    json::object info_;
    json::array tags_;
    json::object paths_;
    json::object schemas_;
    std::map<std::string, json::object> components_;
    std::set<std::string> tag_names_;
    std::set<std::string> operation_ids_;
    /// The names of the components for the statuses that operations may answer.
    std::map<int, std::string> problems_;
};

/// Calls `act` with each operation of `paths`.
template <class Act>
void for_each_operation(json::object& paths, Act act) {
    for (auto& path : paths) {
        for (auto& operation : path.value().as_object()) act(operation.value().as_object());
    }
}

/// Returns new names for those in `schemas` that mean another schema in `known`. Such schemas are
/// of one message, which one service reads and another one answers.
Names Document::clashes(const json::object& schemas, const json::object& known) {
    Names names;
    for (const auto& schema : schemas) {
        const auto* const other = known.if_contains(schema.key());
        if (other == nullptr || *other == schema.value()) continue;
        std::string name;
        for (int i = 2; name.empty() || known.contains(name) || schemas.contains(name); ++i)
            name = fmt::format("{}{}", std::string_view{schema.key()}, i);
        names.emplace(schema.key(), std::move(name));
    }
    return names;
}

void Document::separate(json::object& part, json::object& schemas) const {
    // A schema that refers to a renamed schema is another one, too, so this is repeated.
    for (auto names = clashes(schemas, schemas_); !names.empty(); names = clashes(schemas, schemas_)) {
        json::object renamed;
        for (auto& schema : schemas) {
            rename_references(schema.value(), names);
            const auto found = names.find(std::string_view{schema.key()});
            const std::string_view name = found == names.end() ? std::string_view{schema.key()} : found->second;
            renamed.emplace(name, std::move(schema.value()));
        }
        schemas = std::move(renamed);
        for (auto& path : part.at("paths").as_object()) rename_references(path.value(), names);
    }
}

void Document::name_apart(std::string_view service, json::object& part) {
    const auto whole_name = [service](std::string_view rest) {
        std::string name{service};
        std::ranges::replace(name, '.', '_');
        return fmt::format("{}{}", name, rest);
    };
    const auto short_name = service.substr(service.rfind('.') + 1);
    const bool is_new = tag_names_.insert(std::string{short_name}).second;
    if (!is_new) part.at("tags").at(0).as_object()["name"] = service;
    for_each_operation(part.at("paths").as_object(), [&](json::object& operation) {
        if (!is_new) operation["tags"] = json::array{service};
        std::string id{operation.at("operationId").as_string()};
        if (!operation_ids_.insert(id).second) {
            id = whole_name(std::string_view{id}.substr(short_name.size()));
            operation_ids_.insert(id);
            operation["operationId"] = id;
        }
    });
}

void Document::add_paths(json::object paths) {
    for_each_operation(paths, [this](json::object& operation) {
        for (const auto& [status, response] : operation.at("responses").as_object()) {
            const auto* const reference = response.as_object().if_contains("$ref");
            if (reference == nullptr) continue;
            const std::string_view name = reference->as_string();
            problems_.emplace(std::stoi(std::string{status}), name.substr(name.rfind('/') + 1));
        }
    });
    for (auto& [path, operations] : paths) {
        auto& all = paths_[path];
        if (all.is_null()) all = json::object{};
        for (auto& operation : operations.as_object()) all.as_object().insert(std::move(operation));
    }
}

/// Returns the responses in the order of their statuses.
json::object Document::take_responses() {
    json::object ordered;
    auto& responses = components_["responses"];
    for (const auto& [status, name] : problems_) ordered[name] = std::move(responses.at(name));
    return ordered;
}

json::object Document::take(std::string_view title, std::string_view version) {
    json::object about{{"title", title}, {"version", version}};
    for (auto& member : info_) about.insert(std::move(member));
    json::object document{{"openapi", "3.1.0"}, {"info", std::move(about)}};
    if (tags_.empty()) {
        document["paths"] = json::object{};
        return document;
    }
    auto problem = std::move(schemas_.at(kProblem));
    schemas_.stable_erase(schemas_.find(kProblem));
    schemas_[kProblem] = std::move(problem);
    document["tags"] = std::move(tags_);
    document["paths"] = std::move(paths_);
    document["components"] = json::object{{"schemas", std::move(schemas_)},
                                          {"responses", take_responses()},
                                          {"parameters", std::move(components_["parameters"])},
                                          {"headers", std::move(components_["headers"])},
                                          {"securitySchemes", std::move(components_["securitySchemes"])}};
    return document;
}

}  // namespace

std::string openapi_document(std::span<const rpc::Routes> services, std::string_view title, std::string_view version) {
    Document document;
    for (const auto& routes : services) {
        if (!routes.empty()) document.add(routes.front().method->service, json::parse(routes.openapi).as_object());
    }
    return indented_json(json::serialize(document.take(title, version)));
}

const std::string& SharedOpenApi::text(std::string_view title, std::string_view version) {
    std::call_once(made_, [&] { text_ = openapi_document(services_, title, version); });
    return text_;
}

}  // namespace tw::gateway
